import type {
  KubernetesObject,
  V1ControllerRevision,
  V1DaemonSet,
  V1Deployment,
  V1PodTemplateSpec,
  V1StatefulSet,
} from '@kubernetes/client-node';
import type { Revision, RolloutState, RolloutWorkload } from '../contracts/schedule.ts';
import type { Cluster } from '../kubernetes/cluster.ts';
import { daemonSetStatus, deploymentStatus, type RolloutStatus, statefulSetStatus } from './rollout-status.ts';

/**
 * Which revision a workload is at, and whether that is healthy. A revision is numbered by the workload's controller, so that going
 * back to an older template is a new one.
 */
export async function readRollout(cluster: Cluster, workload: RolloutWorkload, signal?: AbortSignal): Promise<RolloutState> {
  const { kind, namespace, name } = workload;
  const object = await cluster.readObject({ apiVersion: 'apps/v1', kind, namespace, name }, signal);
  if (object === undefined) return { state: 'absent' };
  const status = statusOf(kind, object);
  const revision = await revisionOf(cluster, workload, object, signal);
  if (status.state === 'under-way' || revision === null) {
    return {
      state: 'under-way',
      revision,
      reason: status.state === 'under-way' ? status.reason : 'its controller has given it no revision yet',
    };
  }
  return status.state === 'healthy' ? { state: 'healthy', revision } : { state: 'stuck', revision, reason: status.reason };
}

function statusOf(kind: RolloutWorkload['kind'], object: KubernetesObject): RolloutStatus {
  if (kind === 'Deployment') return deploymentStatus(object as V1Deployment);
  return kind === 'StatefulSet' ? statefulSetStatus(object as V1StatefulSet) : daemonSetStatus(object as V1DaemonSet);
}

/** null: its controller has not told one of the newest template. */
async function revisionOf(
  cluster: Cluster,
  { kind, namespace }: RolloutWorkload,
  object: KubernetesObject,
  signal: AbortSignal | undefined,
): Promise<Revision | null> {
  const { metadata } = object;
  const uid = metadata?.uid ?? '';
  const images = imagesOf((object as V1Deployment).spec?.template);
  if (kind === 'Deployment') {
    const revision = metadata?.annotations?.['deployment.kubernetes.io/revision'];
    return revision === undefined ? null : { uid, revision, images };
  }
  const updateRevision = kind === 'StatefulSet' ? (object as V1StatefulSet).status?.updateRevision : undefined;
  if (kind === 'StatefulSet' && updateRevision === undefined) return null;
  const owned = await cluster.listObjects(
    {
      apiVersion: 'apps/v1',
      kind: 'ControllerRevision',
      namespace,
      keep: ({ metadata: of }) => of?.ownerReferences?.some((owner) => owner.uid === uid) ?? false,
    },
    signal,
  );
  const newest = (owned as V1ControllerRevision[])
    .filter(({ metadata: of }) => updateRevision === undefined || of?.name === updateRevision)
    .sort((a, b) => b.revision - a.revision)[0];
  return newest === undefined ? null : { uid, revision: String(newest.revision), images };
}

function imagesOf(template: V1PodTemplateSpec | undefined): string[] {
  return [...new Set((template?.spec?.containers ?? []).map(({ image }) => image ?? ''))];
}
