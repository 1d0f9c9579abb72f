import type { V1DaemonSet, V1Deployment, V1StatefulSet } from '@kubernetes/client-node';

/** Where a rollout is. `stuck`: its controller has given it up, or is told to leave it to somebody. */
export type RolloutStatus = { state: 'healthy' } | { state: 'under-way'; reason: string } | { state: 'stuck'; reason: string };

const healthy: RolloutStatus = { state: 'healthy' };

function underWay(reason: string): RolloutStatus {
  return { state: 'under-way', reason };
}

// As `kubectl rollout status` has it: kubernetes/kubectl, pkg/polymorphichelpers/rollout_status.go.

/** The rollout of a Deployment. One that is over its progress deadline is stuck, and may still become healthy. */
export function deploymentStatus({ metadata, spec, status }: V1Deployment): RolloutStatus {
  if ((metadata?.generation ?? 0) > (status?.observedGeneration ?? 0)) return underWay('its controller has not seen the change yet');
  const progressing = status?.conditions?.find(({ type }) => type === 'Progressing');
  if (progressing?.reason === 'ProgressDeadlineExceeded') {
    return { state: 'stuck', reason: `it exceeded its progress deadline (${progressing.message ?? 'no message'})` };
  }
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status ?? {};
  const wanted = spec?.replicas ?? 1;
  if (updatedReplicas < wanted) return underWay(`${updatedReplicas} of ${wanted} new replicas have been updated`);
  if (replicas > updatedReplicas) return underWay(`${replicas - updatedReplicas} old replicas are pending termination`);
  if (availableReplicas < updatedReplicas) return underWay(`${availableReplicas} of ${updatedReplicas} updated replicas are available`);
  return healthy;
}

/** The rollout of a StatefulSet; a partitioned one is complete when the pods above its partition are updated. */
export function statefulSetStatus({ metadata, spec, status }: V1StatefulSet): RolloutStatus {
  if (spec?.updateStrategy?.type === 'OnDelete') return byHand;
  if (!status?.observedGeneration || (metadata?.generation ?? 0) > status.observedGeneration) {
    return underWay('its controller has not seen the change yet');
  }
  const wanted = spec?.replicas ?? 1;
  const { readyReplicas = 0, updatedReplicas = 0, currentReplicas = 0, currentRevision, updateRevision } = status;
  if (readyReplicas < wanted) return underWay(`${wanted - readyReplicas} pods are not ready`);
  const partition = spec?.updateStrategy?.rollingUpdate?.partition;
  if (spec?.updateStrategy?.type === 'RollingUpdate' && partition !== undefined && partition > 0) {
    const due = Math.max(0, wanted - partition);
    return updatedReplicas < due ? underWay(`${updatedReplicas} of ${due} new pods have been updated`) : healthy;
  }
  if (updateRevision !== currentRevision)
    return underWay(`${updatedReplicas} pods are at revision ${updateRevision}, ${currentReplicas} are not`);
  return healthy;
}

export function daemonSetStatus({ metadata, spec, status }: V1DaemonSet): RolloutStatus {
  if (spec?.updateStrategy?.type === 'OnDelete') return byHand;
  if ((metadata?.generation ?? 0) > (status?.observedGeneration ?? 0)) return underWay('its controller has not seen the change yet');
  const { desiredNumberScheduled: wanted = 0, updatedNumberScheduled: updated = 0, numberAvailable: available = 0 } = status ?? {};
  if (updated < wanted) return underWay(`${updated} of ${wanted} new pods have been updated`);
  if (available < wanted) return underWay(`${available} of ${wanted} updated pods are available`);
  return healthy;
}

const byHand: RolloutStatus = {
  state: 'stuck',
  reason: 'its update strategy is OnDelete: when a rollout of it is done is for whoever deletes its pods to say; use RollingUpdate',
};
