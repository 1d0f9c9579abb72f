import { nodeLoadVerbs } from '../node/node-load.ts';
import { readParameter } from '../read-parameter.ts';

/** Burns CPU on a node, outside of every workload's limits. */
export const nodeCpuHog = nodeLoadVerbs({
  mechanism: { mechanism: 'cpu-workers', reason: 'busy threads in a pod of its own on the node, without limits' },
  flags: ({ parameters }) => [
    '--kind',
    'cpu',
    '--cores',
    String(readParameter(parameters, 'cores', 'number')),
    '--load',
    String(readParameter(parameters, 'loadPercent', 'number')),
  ],
});
