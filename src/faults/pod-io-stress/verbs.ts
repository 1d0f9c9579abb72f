import { readParameter } from '../read-parameter.ts';
import { amountFlags } from '../stress/amount.ts';
import { pathFlags } from '../stress/path-parameter.ts';
import { stressVerbs } from '../stress/stress-verbs.ts';
import type { FaultVerbs } from '../verbs.ts';

/** Writes, syncs and reads files without a name in the target container's file systems. */
export const podIoStress: FaultVerbs = stressVerbs({
  mechanism: { mechanism: 'io-workers', reason: 'files without a name, which go with whoever has them open' },
  flags: (_context, { parameters }) => [
    '--kind',
    'io',
    ...amountFlags(readParameter(parameters, 'size', 'string')),
    '--workers',
    String(readParameter(parameters, 'workers', 'number')),
    ...pathFlags(parameters.path),
  ],
});
