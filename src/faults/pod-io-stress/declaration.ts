import { formatDuration, good, parseBytes, parseInteger, parsePercent } from '../../campaign/units.ts';
import { carrierPermissions } from '../carrier/permissions.ts';
import { type FaultDeclaration, litmusNoEffect, litmusSets } from '../definition.ts';
import { integerParameter } from '../parameters/parameter.ts';
import { parameterTable } from '../parameters/parameter-table.ts';
import { amountParameter, describeAmount, writeAmount } from '../stress/amount.ts';
import { bareGibibytes, bareMebibytes } from '../stress/litmus-units.ts';
import { pathParameter } from '../stress/path-parameter.ts';

const maxWorkers = 256;
const notFio = 'squall does not run fio: it writes, syncs and reads blocks of 256 KiB, one after another';

const parameters = parameterTable({
  size: amountParameter({
    sets: 'size',
    default: '256Mi',
    of: 'of what is free in the file system',
    example: '10%',
    description: 'of the files that are written, synced, read, and written anew, all together',
  }),
  workers: integerParameter({ sets: 'workers', min: 1, max: maxWorkers, default: 1, description: 'how many files at once' }),
  path: pathParameter,
});

export const podIoStress: FaultDeclaration = {
  name: 'pod-io-stress',
  family: 'stress',
  aliases: [
    {
      name: 'pod-fio-stress',
      note: 'Litmus runs the fio of the image there; squall writes, syncs and reads in a process of its own, as in pod-io-stress',
    },
  ],
  summary: 'Keeps a file system of a container busy with writes, syncs and reads.',
  notes: `The files have no name: nothing is left of them, whatever ends the fault. 256Mi of the file system stay free; what would take
more is refused. On a file system in memory (an \`emptyDir\` with \`medium: Memory\`) it counts against the container's memory.`,
  parameters,
  targets: 'pods',
  defaultDurationMs: 60_000,
  holds: true,
  needsContainer: true,
  roles: ['redis-primary', 'redis-replica'],
  permissions: carrierPermissions,
  needs: 'a directory that can be written to by the container; no shell',
  exclusive: ({ path }) => [`io:${typeof path === 'string' ? path : ''}`],
  litmus: {
    experiment: 'pod-io-stress',
    defaults: { size: '10%', workers: 4 },
    defaultDurationMs: 60_000,
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
      VOLUME_MOUNT_PATH: litmusSets(
        (value) => pathParameter.parse(value),
        (path) => ({ path }),
      ),
      SIZE: litmusSets(
        (value) => parseBytes(bareMebibytes(value)),
        (bytes) => ({ size: writeAmount({ bytes }) }),
      ),
      NUMBER_OF_JOBS: litmusSets(
        (value) => parseInteger(value, { min: 1, max: maxWorkers }),
        (workers) => ({ workers }),
      ),
      IO_ENGINE: litmusNoEffect(notFio),
      IO_DEPTH: litmusNoEffect(notFio),
      READ_WRITE_MODE: litmusNoEffect(notFio),
      BLOCK_SIZE: litmusNoEffect(notFio),
      GROUP_REPORTING: litmusNoEffect(notFio),
      CHAOS_KILL_COMMAND: litmusNoEffect('squall ends its own workers'),
      CPU_CORES: litmusNoEffect('Litmus hands stress-ng an option it cannot read for this; squall has no CPU load beside the I/O'),
    },
  },
  example: `fault: pod-io-stress
target: { count: 1 }
parameters:
  size: 32Mi
  workers: 2
duration: 5s`,
  describeInject({ parameters: { size, workers, path }, durationMs, targets }) {
    const where = typeof path === 'string' ? ` at ${path}` : '';
    return `write, sync and read ${describeAmount(String(size), 'of the free space')}${where} by ${workers} workers in ${targets.join(', ')} for ${formatDuration(durationMs)}`;
  },
  describeUndo: ({ targets }) => `end the I/O workers in ${targets.join(', ')} and see that none is left; their files go with them`,
};
