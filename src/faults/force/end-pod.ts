import { setTimeout as delay } from 'node:timers/promises';
import type { V1Pod } from '@kubernetes/client-node';
import { objectKeys } from '../../contracts/object-keys.ts';
import type { FaultInstance, NodeTarget } from '../../contracts/plan.ts';
import type { PodIdentity } from '../../kubernetes/cluster.ts';
import type { FaultContext } from '../verbs.ts';

/** How long the pod's kubelet is given to say that its processes have ended, before the API is made to forget it. */
const kubeletMs = 15_000;
const forgottenMs = 10_000;

/**
 * Ends a pod, this incarnation of it. First with a grace of a second, after which the pod goes from the API only once its kubelet
 * says that nothing of it runs any more; a kubelet that does not answer is not waited for.
 *
 * @returns what was done
 * @throws Error when the pod is there still; ClusterError
 */
export async function endPod(
  context: FaultContext,
  { namespace, pod: name, uid }: { namespace: string; pod: string; uid: string },
): Promise<string> {
  const identity = { namespace, name, uid };
  const place = `pod ${namespace}/${name} with uid ${uid}`;
  if (!(await isThere(context, identity))) return `${place} is gone`;
  await context.cluster.deletePod(identity, 1, context.signal);
  if (await isGoneWithin(context, identity, kubeletMs)) return `${place} was deleted, and its kubelet says that it has ended`;
  await context.cluster.deletePod(identity, 0, context.signal);
  if (await isGoneWithin(context, identity, forgottenMs)) {
    return `${place} was deleted at once, without a word of its kubelet: should its node be alive or come back, the kubelet ends it then`;
  }
  const pod = await context.cluster.readPod(namespace, name, context.signal);
  const finalizers = pod?.metadata?.finalizers ?? [];
  throw new Error(
    `${place} was deleted and is there still${finalizers.length > 0 ? `: it has the finalizers ${finalizers.join(', ')}` : ''}`,
  );
}

/** Ends squall's own pods that hold the fault on a node. Throws as `endPod`. */
export async function endNodeCarriers(context: FaultContext, fault: FaultInstance, target: NodeTarget): Promise<string> {
  const pods: V1Pod[] = await context.cluster.listObjects(
    { apiVersion: 'v1', kind: 'Pod', namespace: fault.namespace, labelSelector: `${objectKeys.fault}=${fault.id}` },
    context.signal,
  );
  const carriers = pods.filter(({ spec }) => spec?.nodeName === target.node);
  if (carriers.length === 0) return 'no pod of squall holds it there';
  const ended = await Promise.all(
    carriers.map(({ metadata }) => endPod(context, { namespace: fault.namespace, pod: metadata?.name ?? '', uid: metadata?.uid ?? '' })),
  );
  return ended.join('; ');
}

async function isThere(context: FaultContext, { namespace, name, uid }: PodIdentity): Promise<boolean> {
  return (await context.cluster.readPod(namespace, name, context.signal))?.metadata?.uid === uid;
}

async function isGoneWithin(context: FaultContext, identity: PodIdentity, withinMs: number): Promise<boolean> {
  for (const end = Date.now() + withinMs; ; ) {
    if (!(await isThere(context, identity))) return true;
    if (Date.now() > end) return false;
    await delay(200, undefined, { signal: context.signal });
  }
}
