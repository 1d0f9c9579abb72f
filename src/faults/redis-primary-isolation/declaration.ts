import { formatDuration } from '../../campaign/units.ts';
import { carrierPermissions } from '../carrier/permissions.ts';
import type { FaultDeclaration } from '../definition.ts';
import { interfaceParameter } from '../network/filter-parameters.ts';
import { exclusiveNetwork } from '../network/network-request.ts';
import { parameterTable } from '../parameters/parameter-table.ts';
import { recordPermissions } from '../record/permissions.ts';
import { redisPermissions } from '../redis/permissions.ts';

export const redisPrimaryIsolation: FaultDeclaration = {
  name: 'redis-primary-isolation',
  family: 'redis',
  aliases: [],
  summary: 'Cuts a primary off from its replicas and Sentinels, but not from its clients: two primaries for a time.',
  notes: `While another primary is elected, clients that have not heard of it go on writing to the old one, which acknowledges them; when
the isolation ends, it becomes a replica of the new one and drops what it took. Squall is such a client: it writes numbered keys
into the isolated primary, and the report says how many of those it acknowledged were lost. \`min-replicas-to-write\` with
\`min-replicas-max-lag\` bounds that, and this fault shows whether it does.

The keys begin with \`squall:\` and the fault's id, are removed afterwards, and expire by themselves. The addresses of the others
are those they have when the fault begins.`,
  parameters: parameterTable({ interface: interfaceParameter }),
  targets: 'pods',
  defaultDurationMs: 60_000,
  holds: true,
  needsContainer: false,
  roles: ['redis-primary'],
  application: 'redis',
  permissions: [...carrierPermissions, ...redisPermissions, ...recordPermissions],
  needs: 'redis with replicas and Sentinel, and nf_tables in the kernel',
  exclusive: ({ interface: device }) => exclusiveNetwork('loss')({ interface: device ?? '', direction: 'both' }),
  targetsAwayForMs: (_, durationMs) => durationMs,
  litmus: null,
  example: `fault: redis-primary-isolation
target: { role: redis-primary }
duration: 20s`,
  describeInject: ({ durationMs, targets }) =>
    `cut ${targets.join(', ')} off from the other redis and Sentinel pods for ${formatDuration(durationMs)}, and write to it meanwhile`,
  describeUndo: ({ targets }) => `remove the rules in ${targets.join(', ')}, see that none is left, and count which writes survived`,
};
