import { formatDuration, good, parseBytes, parseInteger, parsePercent } from '../../campaign/units.ts';
import { type FaultDeclaration, litmusNoEffect, litmusSets } from '../definition.ts';
import { nodeCarrierPermissions } from '../node/carrier-permissions.ts';
import { integerParameter } from '../parameters/parameter.ts';
import { parameterTable } from '../parameters/parameter-table.ts';
import { amountParameter, describeAmount, writeAmount } from '../stress/amount.ts';
import { bareGibibytes } from '../stress/litmus-units.ts';

const maxWorkers = 256;

const parameters = parameterTable({
  size: amountParameter({
    sets: 'size',
    default: '256Mi',
    of: "of what is free on the node's disk",
    example: '10%',
    description: 'of the files that are written, synced, read, and written anew, all together',
  }),
  workers: integerParameter({ sets: 'workers', min: 1, max: maxWorkers, default: 1, description: 'how many files at once' }),
});

export const nodeIoStress: FaultDeclaration = {
  name: 'node-io-stress',
  family: 'node',
  aliases: [{ name: 'node-io-hog', note: "it is krkn's name for it" }],
  summary: 'Keeps the disk of nodes busy with writes, syncs and reads.',
  notes: `The disk is the one the kubelet keeps pods' volumes on. The files have no name: nothing is left of them, whatever ends the fault.
256Mi stay free; what would take more is refused. Where the kubelet's directory is in memory, so are the files.`,
  parameters,
  targets: 'nodes',
  defaultDurationMs: 60_000,
  holds: true,
  needsContainer: false,
  roles: ['redis-primary', 'redis-replica'],
  permissions: nodeCarrierPermissions,
  needs: "a namespace that takes squall's pod, which has no rights",
  exclusive: () => ['io'],
  litmus: {
    experiment: 'node-io-stress',
    defaults: { size: writeAmount({ percent: 10 }), workers: 4 },
    defaultDurationMs: 120_000,
    env: {
      FILESYSTEM_UTILIZATION_PERCENTAGE: litmusSets(
        (value) => (value === '0' ? good(null) : parsePercent(value, { min: 1 })),
        (percent) => (percent === null ? {} : { size: writeAmount({ percent }) }),
      ),
      FILESYSTEM_UTILIZATION_BYTES: litmusSets(
        (value) => (value === '0' ? good(null) : parseBytes(bareGibibytes(value))),
        (bytes) => (bytes === null ? {} : { size: writeAmount({ bytes }) }),
      ),
      NUMBER_OF_WORKERS: litmusSets(
        (value) => parseInteger(value, { min: 1, max: maxWorkers }),
        (workers) => ({ workers }),
      ),
      CPU: litmusNoEffect('Litmus burns CPU beside the I/O; squall has node-cpu-hog for that, and a parallel step'),
      VM_WORKERS: litmusNoEffect('Litmus holds memory beside the I/O; squall has node-memory-hog for that, and a parallel step'),
    },
  },
  example: `fault: node-io-stress
target: { role: redis-primary }
parameters:
  size: 64Mi
  workers: 2
duration: 30s`,
  describeInject: ({ parameters: { size, workers }, durationMs, targets }) =>
    `write, sync and read ${describeAmount(String(size), 'of the free space')} by ${workers} workers on ${targets.join(', ')} for ${formatDuration(durationMs)}`,
  describeUndo: ({ targets }) => `end squall's pod on ${targets.join(', ')} and see that it is gone; its files go with it`,
};
