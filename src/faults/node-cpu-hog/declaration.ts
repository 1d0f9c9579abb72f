import { formatDuration, parseInteger, parsePercent } from '../../campaign/units.ts';
import { type FaultDeclaration, litmusSets } from '../definition.ts';
import { nodeCarrierPermissions } from '../node/carrier-permissions.ts';
import { integerParameter, percentParameter } from '../parameters/parameter.ts';
import { parameterTable } from '../parameters/parameter-table.ts';

const maxCores = 256;

const parameters = parameterTable({
  cores: integerParameter({
    sets: 'cores',
    max: maxCores,
    default: 1,
    example: 2,
    description: "how many processors' worth of work; 0: as many as the node has",
  }),
  load: percentParameter({ sets: 'loadPercent', min: 1, default: '100%', description: 'of each processor' }),
});

export const nodeCpuHog: FaultDeclaration = {
  name: 'node-cpu-hog',
  family: 'node',
  aliases: [],
  summary: 'Burns CPU on nodes, outside of any workload.',
  notes: `It is an ordinary pod with neither requests nor limits, so the kernel gives it what pods with requests leave: their share, they
keep. What has none, and what bursts beyond it, feels the load.`,
  parameters,
  targets: 'nodes',
  defaultDurationMs: 60_000,
  holds: true,
  needsContainer: false,
  roles: ['redis-primary', 'redis-replica'],
  permissions: nodeCarrierPermissions,
  needs: "a namespace that takes squall's pod, which has no rights",
  exclusive: () => ['cpu'],
  litmus: {
    experiment: 'node-cpu-hog',
    defaults: { cores: 0 },
    defaultDurationMs: 30_000,
    env: {
      NODE_CPU_CORE: litmusSets(
        (value) => parseInteger(value, { max: maxCores }),
        (cores) => ({ cores }),
      ),
      CPU_LOAD: litmusSets(
        (value) => parsePercent(value, { min: 1 }),
        (loadPercent) => ({ loadPercent }),
      ),
    },
  },
  example: `fault: node-cpu-hog
target: { role: redis-primary }
parameters:
  cores: 1
  load: 80%
duration: 30s`,
  describeInject({ parameters: { cores, loadPercent }, durationMs, targets }) {
    const load = cores === 0 ? `every CPU at ${loadPercent} %` : `${cores} CPU at ${loadPercent} %`;
    return `burn ${load} on ${targets.join(', ')} for ${formatDuration(durationMs)}`;
  },
  describeUndo: ({ targets }) => `end squall's pod on ${targets.join(', ')} and see that it is gone`,
};
