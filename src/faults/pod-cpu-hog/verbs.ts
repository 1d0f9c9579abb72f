import { readParameter } from '../read-parameter.ts';
import { stressVerbs } from '../stress/stress-verbs.ts';
import type { FaultVerbs } from '../verbs.ts';

/** Burns CPU inside the target container's own cgroup, where its limits are. */
export const podCpuHog: FaultVerbs = stressVerbs({
  mechanism: { mechanism: 'cpu-workers', reason: "busy threads in the target container's own cgroup" },
  flags: (_context, { parameters }) => [
    '--kind',
    'cpu',
    '--cores',
    String(readParameter(parameters, 'cores', 'number')),
    '--load',
    String(readParameter(parameters, 'loadPercent', 'number')),
  ],
});
