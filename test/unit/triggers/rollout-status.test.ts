import assert from 'node:assert/strict';
import type { V1DaemonSet, V1Deployment, V1StatefulSet } from '@kubernetes/client-node';
import { daemonSetStatus, deploymentStatus, statefulSetStatus } from '../../../src/triggers/rollout-status.ts';

// The cases of kubernetes/kubectl's pkg/polymorphichelpers/rollout_status_test.go, by what they are about.
describe('the status of a rollout', () => {
  const deployment = (generation: number, replicas: number, status: V1Deployment['status']) =>
    deploymentStatus({ metadata: { generation }, spec: { replicas } as NonNullable<V1Deployment['spec']>, status: status ?? {} });

  it('of a Deployment: seen, updated, the old ones gone, available', () => {
    const cases: [number, number, NonNullable<V1Deployment['status']>, string][] = [
      [2, 1, { observedGeneration: 1, replicas: 1, updatedReplicas: 1, availableReplicas: 1 }, 'under-way'],
      [1, 1, { observedGeneration: 1, replicas: 1, updatedReplicas: 0, availableReplicas: 1 }, 'under-way'],
      [1, 1, { observedGeneration: 1, replicas: 2, updatedReplicas: 1, availableReplicas: 2 }, 'under-way'],
      [1, 2, { observedGeneration: 1, replicas: 2, updatedReplicas: 2, availableReplicas: 1 }, 'under-way'],
      [1, 2, { observedGeneration: 1, replicas: 2, updatedReplicas: 2, availableReplicas: 2 }, 'healthy'],
      [1, 0, { observedGeneration: 1 }, 'healthy'],
    ];
    for (const [generation, replicas, status, expected] of cases)
      assert.equal(deployment(generation, replicas, status).state, expected, JSON.stringify(status));
    const conditions = [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: 'timed out' }];
    assert.deepEqual(deployment(1, 1, { observedGeneration: 1, conditions }), {
      state: 'stuck',
      reason: 'it exceeded its progress deadline (timed out)',
    });
    // The condition is of the rollout before when the change has not been seen.
    assert.equal(deployment(2, 1, { observedGeneration: 1, conditions }).state, 'under-way');
  });

  it('of a StatefulSet: ready, and all at one revision, or the part that its partition leaves', () => {
    const of = (type: string, partition: number | undefined, replicas: number, status: object) =>
      statefulSetStatus({
        metadata: { generation: 1 },
        spec: { replicas, updateStrategy: { type, ...(partition !== undefined && { rollingUpdate: { partition } }) } },
        status: { observedGeneration: 1, currentRevision: 'a', updateRevision: 'b', ...status },
      } as V1StatefulSet).state;
    assert.equal(of('OnDelete', undefined, 1, {}), 'stuck');
    assert.equal(of('RollingUpdate', 0, 3, { observedGeneration: 0 }), 'under-way');
    assert.equal(of('RollingUpdate', 0, 3, { readyReplicas: 2 }), 'under-way');
    assert.equal(of('RollingUpdate', 0, 3, { readyReplicas: 3, updatedReplicas: 2 }), 'under-way');
    assert.equal(of('RollingUpdate', 0, 3, { readyReplicas: 3, updatedReplicas: 3, currentRevision: 'b' }), 'healthy');
    assert.equal(of('RollingUpdate', 2, 3, { readyReplicas: 3, updatedReplicas: 1 }), 'healthy');
    assert.equal(of('RollingUpdate', 1, 3, { readyReplicas: 3, updatedReplicas: 1 }), 'under-way');
  });

  it('of a DaemonSet: updated and available wherever it is wanted', () => {
    const of = (type: string, status: object) =>
      daemonSetStatus({
        metadata: { generation: 2 },
        spec: { updateStrategy: { type } },
        status: { observedGeneration: 2, ...status },
      } as V1DaemonSet).state;
    assert.equal(of('OnDelete', {}), 'stuck');
    assert.equal(of('RollingUpdate', { observedGeneration: 1 }), 'under-way');
    assert.equal(of('RollingUpdate', { desiredNumberScheduled: 2, updatedNumberScheduled: 1, numberAvailable: 2 }), 'under-way');
    assert.equal(of('RollingUpdate', { desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 1 }), 'under-way');
    assert.equal(of('RollingUpdate', { desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 2 }), 'healthy');
  });
});
