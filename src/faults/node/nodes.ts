import type { V1Node } from '@kubernetes/client-node';
import { objectKeys } from '../../contracts/object-keys.ts';
import type { FaultInstance, NodeTarget } from '../../contracts/plan.ts';
import { isReady } from '../../kubernetes/is-ready.ts';
import type { OwnedReference } from '../object-borne/ownership.ts';
import { nodeTargets } from '../targets.ts';
import { type FaultContext, RefusedError } from '../verbs.ts';

/** What a node is read and changed by. */
export function nodeReference({ node, uid }: NodeTarget): OwnedReference {
  return { apiVersion: 'v1', kind: 'Node', name: node, uid };
}

/**
 * The targets as they are now.
 *
 * @throws RefusedError when one is not there, has been replaced, or its owner keeps chaos off it (`squall.dev/chaos: disabled`)
 */
export async function readNodes(context: FaultContext, fault: Pick<FaultInstance, 'id' | 'targets'>): Promise<V1Node[]> {
  const all = await context.cluster.listNodes(undefined, context.signal);
  return nodeTargets(fault).map((target) => {
    const node = all.find(({ metadata }) => metadata?.name === target.node);
    if (node?.metadata?.uid !== target.uid) throw new RefusedError(`node ${target.node} with uid ${target.uid} is not there any more`);
    if (node.metadata.annotations?.[objectKeys.chaos] === 'disabled') {
      throw new RefusedError(`node ${target.node} has the annotation ${objectKeys.chaos}: disabled`);
    }
    return node;
  });
}

/**
 * Refuses what would leave no node for the pods that have to go somewhere.
 *
 * @throws RefusedError
 */
export async function refuseLastNodes(context: FaultContext, fault: Pick<FaultInstance, 'id' | 'targets'>): Promise<void> {
  const hit = new Set(nodeTargets(fault).map(({ node }) => node));
  const all = await context.cluster.listNodes(undefined, context.signal);
  const rest = all.filter((node) => !hit.has(node.metadata?.name ?? '') && isSchedulable(node));
  if (rest.length > 0) return;
  throw new RefusedError(
    `no Ready and schedulable node would be left beside ${[...hit].join(', ')}: ${all.length} nodes are in the cluster`,
  );
}

export function isSchedulable(node: V1Node): boolean {
  return isReady(node) && node.spec?.unschedulable !== true;
}
