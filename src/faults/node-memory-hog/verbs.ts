import type { V1Node } from '@kubernetes/client-node';
import { nodeLoadVerbs } from '../node/node-load.ts';
import { readParameter } from '../read-parameter.ts';
import { readAmount } from '../stress/amount.ts';
import { parseQuantity } from '../stress/kubernetes-quantity.ts';
import { RefusedError } from '../verbs.ts';

/** Holds memory of a node, outside of every workload's limits. The agent refuses what the node does not have to spare. */
export const nodeMemoryHog = nodeLoadVerbs({
  mechanism: { mechanism: 'memory-worker', reason: 'touched pages in a pod of its own on the node, in a process the kernel kills first' },
  flags: ({ parameters }, node) => [
    '--kind',
    'memory',
    '--bytes',
    String(bytesOn(node, readParameter(parameters, 'memory', 'string'))),
    '--workers',
    String(readParameter(parameters, 'workers', 'number')),
    '--ramp-ms',
    String(readParameter(parameters, 'rampMs', 'number')),
  ],
});

/** A percentage is of what the node has for pods. */
function bytesOn(node: V1Node, memory: string): number {
  const amount = readAmount(memory);
  if ('bytes' in amount) return amount.bytes;
  const allocatable = node.status?.allocatable?.memory;
  if (allocatable === undefined)
    throw new RefusedError(`node ${node.metadata?.name} does not say how much memory it has: say how many bytes`);
  return Math.floor((parseQuantity(allocatable) * amount.percent) / 100);
}
