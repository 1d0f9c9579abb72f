import type { FaultDeclaration } from '../definition.ts';
import { choiceParameter } from '../parameters/parameter.ts';
import { parameterTable } from '../parameters/parameter-table.ts';
import { redisPermissions } from '../redis/permissions.ts';

export const redisClientKill: FaultDeclaration = {
  name: 'redis-client-kill',
  family: 'redis',
  aliases: [],
  summary: "Closes the connections of redis's clients, all at once.",
  notes: `What it shows is whether clients connect again, and what a storm of connections does. With \`type: replica\` the links of
replicas are cut, which synchronise again; \`repeatEvery\` does it again and again. Sentinels are clients, too. When an attempt's
answer is lost it is done a second time, to those that have come back.`,
  parameters: parameterTable({
    type: choiceParameter({
      sets: 'type',
      choices: ['normal', 'pubsub', 'replica'],
      default: 'normal',
      description: 'whose connections: of those that send commands, of those that subscribe, or of replicas',
    }),
  }),
  targets: 'pods',
  defaultDurationMs: 30_000,
  holds: false,
  needsContainer: false,
  roles: ['redis-primary', 'redis-replica'],
  application: 'redis',
  permissions: redisPermissions,
  needs: 'redis 5 or newer',
  exclusive: () => ['redis-clients'],
  litmus: null,
  example: `fault: redis-client-kill
target: { role: redis-primary }
repeatEvery: 5s
duration: 20s`,
  describeInject: ({ parameters: { type }, targets }) => `close every connection of type ${type} in ${targets.join(', ')}`,
  describeUndo: () => 'nothing to undo: clients connect again',
};
