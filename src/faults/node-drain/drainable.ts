import type { V1Pod } from '@kubernetes/client-node';

/** What a drain makes of a pod on the node, as `kubectl drain` does. */
export type Drain = { kind: 'evict' } | { kind: 'skip'; why: string } | { kind: 'refuse'; why: string };

export interface DrainOptions {
  /** pods whose emptyDir volumes would be lost go, too */
  deleteEmptyDirData: boolean;
  /** pods that no controller brings back go, too */
  force: boolean;
}

const mirrorAnnotation = 'kubernetes.io/config.mirror';

/** Sorts a pod by what a drain does with it. */
export function drainOf(pod: V1Pod, { deleteEmptyDirData, force }: DrainOptions): Drain {
  const { metadata, spec, status } = pod;
  if (metadata?.annotations?.[mirrorAnnotation] !== undefined) return { kind: 'skip', why: 'a static pod of the kubelet' };
  if (status?.phase === 'Succeeded' || status?.phase === 'Failed') return { kind: 'evict' };
  const controller = metadata?.ownerReferences?.find((owner) => owner.controller);
  if (controller?.kind === 'DaemonSet') return { kind: 'skip', why: `of DaemonSet ${controller.name}, which ignores the cordon` };
  if (metadata?.deletionTimestamp !== undefined) return { kind: 'skip', why: 'terminating already' };
  if (controller === undefined && !force)
    return { kind: 'refuse', why: 'has no controller that would bring it back (force takes it nevertheless)' };
  if (!deleteEmptyDirData && spec?.volumes?.some(({ emptyDir }) => emptyDir !== undefined)) {
    return { kind: 'refuse', why: 'has an emptyDir volume whose data would be lost (deleteEmptyDirData takes it nevertheless)' };
  }
  return { kind: 'evict' };
}
