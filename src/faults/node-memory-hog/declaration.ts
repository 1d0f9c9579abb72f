import { formatDuration, good, parseBytes, parseInteger, parsePercent } from '../../campaign/units.ts';
import { type FaultDeclaration, litmusSets } from '../definition.ts';
import { nodeCarrierPermissions } from '../node/carrier-permissions.ts';
import { durationParameter, integerParameter } from '../parameters/parameter.ts';
import { parameterTable } from '../parameters/parameter-table.ts';
import { amountParameter, describeAmount, writeAmount } from '../stress/amount.ts';
import { bareMebibytes } from '../stress/litmus-units.ts';

const maxWorkers = 256;

const parameters = parameterTable({
  memory: amountParameter({
    sets: 'memory',
    default: '256Mi',
    of: 'of what the node has for pods',
    example: '30%',
    description: 'how much is held, by all workers together',
  }),
  workers: integerParameter({ sets: 'workers', min: 1, max: maxWorkers, default: 1, description: 'how many threads touch it' }),
  ramp: durationParameter({ sets: 'rampMs', default: '0s', maxMs: 3_600_000, example: '20s', description: 'over which it grows' }),
});

export const nodeMemoryHog: FaultDeclaration = {
  name: 'node-memory-hog',
  family: 'node',
  aliases: [],
  summary: 'Holds memory of nodes, outside of any workload.',
  notes: `More than four fifths of what the node has available is refused: beyond, others would be killed for it. When memory runs short all
the same, the kernel kills the worker before anything else (\`oom_score_adj\` 1000), and the kubelet evicts squall's pod among the first,
since it has no requests. Either ends the fault, and the read-back says so.`,
  parameters,
  targets: 'nodes',
  defaultDurationMs: 60_000,
  holds: true,
  needsContainer: false,
  roles: ['redis-primary', 'redis-replica'],
  permissions: nodeCarrierPermissions,
  needs: "a namespace that takes squall's pod, which has no rights",
  exclusive: () => ['memory'],
  litmus: {
    experiment: 'node-memory-hog',
    defaults: { memory: writeAmount({ percent: 30 }), workers: 1 },
    defaultDurationMs: 60_000,
    env: {
      MEMORY_CONSUMPTION_PERCENTAGE: litmusSets(
        (value) => (value === '0' ? good(null) : parsePercent(value, { min: 1 })),
        (percent) => (percent === null ? {} : { memory: writeAmount({ percent }) }),
      ),
      MEMORY_CONSUMPTION_MEBIBYTES: litmusSets(
        (value) => (value === '0' ? good(null) : parseBytes(bareMebibytes(value))),
        (bytes) => (bytes === null ? {} : { memory: writeAmount({ bytes }) }),
      ),
      NUMBER_OF_WORKERS: litmusSets(
        (value) => parseInteger(value, { min: 1, max: maxWorkers }),
        (workers) => ({ workers }),
      ),
    },
    review({ env }) {
      if (!isGiven(env.get('MEMORY_CONSUMPTION_PERCENTAGE')) || !isGiven(env.get('MEMORY_CONSUMPTION_MEBIBYTES'))) return [];
      const expected = 'either of MEMORY_CONSUMPTION_PERCENTAGE and MEMORY_CONSUMPTION_MEBIBYTES';
      return [{ kind: 'problem', variable: 'MEMORY_CONSUMPTION_MEBIBYTES', found: 'both', expected }];
    },
  },
  example: `fault: node-memory-hog
target: { role: redis-primary }
parameters:
  memory: 512Mi
duration: 30s`,
  describeInject({ parameters: { memory, rampMs }, durationMs, targets }) {
    const ramp = Number(rampMs) > 0 ? `, growing over ${formatDuration(Number(rampMs))},` : '';
    return `hold ${describeAmount(String(memory), 'of the memory for pods')}${ramp} on ${targets.join(', ')} for ${formatDuration(durationMs)}`;
  },
  describeUndo: ({ targets }) => `end squall's pod on ${targets.join(', ')} and see that it is gone`,
};

/** To Litmus, 0 is not given. */
function isGiven(value: string | undefined): boolean {
  return value !== undefined && value !== '0';
}
