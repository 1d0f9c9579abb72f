import { formatDuration, parseBytes, parseInteger } from '../../campaign/units.ts';
import { carrierPermissions } from '../carrier/permissions.ts';
import { type FaultDeclaration, litmusNoEffect, litmusSets } from '../definition.ts';
import { durationParameter, integerParameter } from '../parameters/parameter.ts';
import { parameterTable } from '../parameters/parameter-table.ts';
import { amountParameter, describeAmount, writeAmount } from '../stress/amount.ts';
import { bareMebibytes } from '../stress/litmus-units.ts';

const maxWorkers = 256;

const parameters = parameterTable({
  memory: amountParameter({
    sets: 'memory',
    default: '256Mi',
    of: "of the container's memory limit",
    example: '80%',
    description: 'how much is held, by all workers together',
  }),
  workers: integerParameter({ sets: 'workers', min: 1, max: maxWorkers, default: 1, description: 'how many threads touch it' }),
  ramp: durationParameter({ sets: 'rampMs', default: '0s', maxMs: 3_600_000, example: '20s', description: 'over which it grows' }),
});

export const podMemoryHog: FaultDeclaration = {
  name: 'pod-memory-hog',
  family: 'stress',
  aliases: [
    {
      name: 'pod-memory-hog-exec',
      note: 'Litmus fills memory there with the shell and dd of the image; squall holds it in a process of its own, as in pod-memory-hog',
    },
  ],
  summary: "Holds memory inside a container's own cgroup, within its limit.",
  notes: `The worker has an \`oom_score_adj\` of 1000: when the container's limit is reached, the kernel kills it before the workload. That
ends the fault, and the read-back says so with how much was touched. Where Kubernetes runs on cgroup v2 it has the kernel kill the
whole container instead, which then restarts. More than four fifths of what the node has available is refused.`,
  parameters,
  targets: 'pods',
  defaultDurationMs: 60_000,
  holds: true,
  needsContainer: true,
  roles: ['redis-primary', 'redis-replica'],
  permissions: carrierPermissions,
  needs: 'nothing of the image: no shell, no writable file system; for a percentage, a memory limit',
  exclusive: () => ['memory'],
  litmus: {
    experiment: 'pod-memory-hog',
    defaults: { memory: writeAmount({ bytes: 500 * 2 ** 20 }), workers: 4 },
    defaultDurationMs: 60_000,
    env: {
      MEMORY_CONSUMPTION: litmusSets(
        (value) => parseBytes(bareMebibytes(value)),
        (bytes) => ({ memory: writeAmount({ bytes }) }),
      ),
      NUMBER_OF_WORKERS: litmusSets(
        (value) => parseInteger(value, { min: 1, max: maxWorkers }),
        (workers) => ({ workers }),
      ),
      CHAOS_KILL_COMMAND: litmusNoEffect('squall ends its own workers'),
    },
  },
  example: `fault: pod-memory-hog
target: { count: 1 }
parameters:
  memory: 128Mi
duration: 5s`,
  describeInject({ parameters: { memory, rampMs }, durationMs, targets }) {
    const ramp = Number(rampMs) > 0 ? `, growing over ${formatDuration(Number(rampMs))},` : '';
    return `hold ${describeAmount(String(memory), 'of the memory limit')} of memory${ramp} in ${targets.join(', ')} for ${formatDuration(durationMs)}`;
  },
  describeUndo: ({ targets }) => `end the memory workers in ${targets.join(', ')} and see that none is left`,
};
