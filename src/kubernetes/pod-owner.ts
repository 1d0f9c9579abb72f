import type { V1Pod } from '@kubernetes/client-node';
import type { Workload } from './cluster.ts';

/** The kind of workload that a pod is of: a Deployment owns its pods through a ReplicaSet. */
export function ownerKind(pod: V1Pod): string | undefined {
  const kind = controllerOf(pod)?.kind;
  return kind === 'ReplicaSet' ? 'Deployment' : kind;
}

export function isOwnedBy(pod: V1Pod, workload: Pick<Workload, 'kind' | 'name'>): boolean {
  const owner = controllerOf(pod);
  if (owner?.kind === workload.kind) return owner.name === workload.name;
  // A Deployment's ReplicaSet is named after it and its template's hash.
  const hash = pod.metadata?.labels?.['pod-template-hash'];
  return workload.kind === 'Deployment' && owner?.kind === 'ReplicaSet' && owner.name === `${workload.name}-${hash}`;
}

function controllerOf({ metadata }: V1Pod) {
  return metadata?.ownerReferences?.find(({ controller }) => controller);
}
