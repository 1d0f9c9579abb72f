import { formatDuration, parseInteger, parsePercent } from '../../campaign/units.ts';
import { carrierPermissions } from '../carrier/permissions.ts';
import { type FaultDeclaration, litmusNoEffect, litmusSets, litmusUnsupported } from '../definition.ts';
import { integerParameter, percentParameter } from '../parameters/parameter.ts';
import { parameterTable } from '../parameters/parameter-table.ts';

const maxCores = 256;

const parameters = parameterTable({
  cores: integerParameter({
    sets: 'cores',
    max: maxCores,
    default: 1,
    description: "how many processors' worth of work; 0: as many as the node has",
  }),
  load: percentParameter({ sets: 'loadPercent', min: 1, default: '100%', description: 'of each processor' }),
});

export const podCpuHog: FaultDeclaration = {
  name: 'pod-cpu-hog',
  family: 'stress',
  aliases: [
    {
      name: 'pod-cpu-hog-exec',
      note: 'Litmus runs md5sum by the shell of the image there; squall burns CPU in a process of its own, as in pod-cpu-hog',
    },
  ],
  summary: "Burns CPU inside a container's own cgroup, within its limits.",
  notes: `The workers count against the container's own limit: a limit of half a CPU is all they and the workload get together. The
read-back says how much CPU time they got, and how long the limit held the container back.`,
  parameters,
  targets: 'pods',
  defaultDurationMs: 60_000,
  holds: true,
  needsContainer: true,
  roles: ['redis-primary', 'redis-replica'],
  permissions: carrierPermissions,
  needs: 'nothing of the image: no shell, no writable file system',
  exclusive: () => ['cpu'],
  litmus: {
    experiment: 'pod-cpu-hog',
    defaults: { cores: 0 },
    defaultDurationMs: 60_000,
    env: {
      CPU_CORES: litmusSets(
        (value) => parseInteger(value, { max: maxCores }),
        (cores) => ({ cores }),
      ),
      CPU_LOAD: litmusSets(
        (value) => parsePercent(value, { min: 1 }),
        (loadPercent) => ({ loadPercent }),
      ),
      CHAOS_INJECT_COMMAND: litmusUnsupported(
        ['md5sum /dev/zero'],
        'md5sum /dev/zero or nothing: squall burns CPU in a process of its own',
      ),
      CHAOS_KILL_COMMAND: litmusNoEffect('squall ends its own workers'),
    },
  },
  example: `fault: pod-cpu-hog
target: { count: 1 }
parameters:
  cores: 1
  load: 80%
duration: 5s`,
  describeInject({ parameters: { cores, loadPercent }, durationMs, targets }) {
    const load = cores === 0 ? `every CPU of the node at ${loadPercent} %` : `${cores} CPU at ${loadPercent} %`;
    return `burn ${load} in ${targets.join(', ')} for ${formatDuration(durationMs)}`;
  },
  describeUndo: ({ targets }) => `end the CPU workers in ${targets.join(', ')} and see that none is left`,
};
