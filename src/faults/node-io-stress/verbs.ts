import { scratchPath } from '../node/carrier-pod.ts';
import { nodeLoadVerbs } from '../node/node-load.ts';
import { readParameter } from '../read-parameter.ts';
import { amountFlags } from '../stress/amount.ts';

/** Keeps the disk busy that a node has its pods' files on. */
export const nodeIoStress = nodeLoadVerbs({
  mechanism: {
    mechanism: 'io-workers',
    reason: "files without a name in an emptyDir of a pod of its own, on the disk of the node's kubelet",
  },
  flags: ({ parameters }) => [
    '--kind',
    'io',
    ...amountFlags(readParameter(parameters, 'size', 'string')),
    '--workers',
    String(readParameter(parameters, 'workers', 'number')),
    '--path',
    scratchPath,
  ],
});
