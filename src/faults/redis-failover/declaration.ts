import type { FaultDeclaration } from '../definition.ts';
import { parameterTable } from '../parameters/parameter-table.ts';
import { redisPermissions } from '../redis/permissions.ts';

export const redisFailover: FaultDeclaration = {
  name: 'redis-failover',
  family: 'redis',
  aliases: [],
  summary: 'Has Sentinel make a replica the primary while the old one is well.',
  notes: `As before a planned restart: \`SENTINEL FAILOVER\`. What it shows is whether clients follow, and how long they cannot write;
with \`repeatEvery\` the primary is moved again and again. It takes Sentinel: a redis nobody watches is refused, since its clients
would not be told of a new primary.`,
  parameters: parameterTable({}),
  targets: 'pods',
  defaultDurationMs: 30_000,
  holds: false,
  needsContainer: false,
  roles: ['redis-primary'],
  application: 'redis',
  permissions: redisPermissions,
  needs: 'redis with a replica, watched by Sentinel',
  exclusive: () => ['*'],
  targetsAwayForMs: () => Number.POSITIVE_INFINITY,
  // The primary stays, as a replica.
  podsAway: () => 0,
  litmus: null,
  example: `fault: redis-failover
target: { role: redis-primary }
duration: 10s`,
  describeInject: ({ targets }) => `ask Sentinel to make another the primary than ${targets.join(', ')}`,
  describeUndo: () => 'nothing to undo: one primary is as good as another',
};
