import { formatDuration } from '../../campaign/units.ts';
import { carrierPermissions } from '../carrier/permissions.ts';
import type { FaultDeclaration } from '../definition.ts';
import { interfaceParameter } from '../network/filter-parameters.ts';
import { exclusiveNetwork } from '../network/network-request.ts';
import { durationParameter } from '../parameters/parameter.ts';
import { parameterTable } from '../parameters/parameter-table.ts';
import { redisPermissions } from '../redis/permissions.ts';

export const redisReplicaLag: FaultDeclaration = {
  name: 'redis-replica-lag',
  family: 'redis',
  aliases: [],
  summary: 'Has a replica apply every write late.',
  notes: `The packets of the replication stream are delayed on their way in to the replica, and no others: its clients are answered
as fast as ever, with what was. The link stays up as long as the lag is well below \`repl-timeout\` (60 s unless set). A replica
that was told of a new primary meanwhile follows that one without lag.

How far behind it is, a client sees as \`master_repl_offset\` of the primary less \`slave_repl_offset\` of the replica, in bytes.
\`WAIT\` and \`min-replicas-to-write\` feel it, too.`,
  parameters: parameterTable({
    lag: durationParameter({ sets: 'lagMs', minMs: 1, maxMs: 30_000, default: '5s', description: 'how late each write arrives' }),
    interface: interfaceParameter,
  }),
  targets: 'pods',
  defaultDurationMs: 60_000,
  holds: true,
  needsContainer: false,
  roles: ['redis-replica'],
  application: 'redis',
  permissions: [...carrierPermissions, ...redisPermissions],
  needs: 'NFQUEUE in the kernel',
  exclusive: ({ interface: device }) => exclusiveNetwork('latency')({ interface: device ?? '', direction: 'ingress' }),
  litmus: null,
  example: `fault: redis-replica-lag
target: { role: redis-replica, count: 1 }
parameters:
  lag: 2s
duration: 10s`,
  describeInject: ({ parameters: { lagMs }, durationMs, targets }) =>
    `delay what ${targets.join(', ')} ${targets.length === 1 ? 'is' : 'are'} sent by the primary by ${formatDuration(Number(lagMs))} for ${formatDuration(durationMs)}`,
  describeUndo: ({ targets }) => `remove the delay in ${targets.join(', ')} and see that no rule of it is left`,
};
