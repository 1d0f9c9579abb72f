import { readParameter } from '../read-parameter.ts';
import { amountFlags } from '../stress/amount.ts';
import { stressVerbs } from '../stress/stress-verbs.ts';
import type { FaultVerbs } from '../verbs.ts';

/** Holds memory inside the target container's own cgroup, where its limit is. */
export const podMemoryHog: FaultVerbs = stressVerbs({
  mechanism: {
    mechanism: 'memory-worker',
    reason: "touched pages in the target container's own cgroup, in a process the kernel kills first",
  },
  flags: (_context, { parameters }) => [
    '--kind',
    'memory',
    ...amountFlags(readParameter(parameters, 'memory', 'string')),
    '--workers',
    String(readParameter(parameters, 'workers', 'number')),
    '--ramp-ms',
    String(readParameter(parameters, 'rampMs', 'number')),
  ],
});
