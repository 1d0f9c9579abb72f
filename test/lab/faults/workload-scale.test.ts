import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { V1Deployment } from '@kubernetes/client-node';
import { objectKeys } from '../../../src/contracts/object-keys.ts';
import type { ObjectTarget } from '../../../src/contracts/plan.ts';
import { RefusedError } from '../../../src/faults/verbs.ts';
import { isReady } from '../../../src/kubernetes/is-ready.ts';
import { eventually } from '../../support/eventually.ts';
import { drafted, exerciseFault } from '../../support/exercise-fault.ts';
import { LabCluster } from '../../support/lab-cluster.ts';

const name = 'sleeper';

describe('faults of a workload on the lab', function () {
  this.timeout(180_000);
  let lab: LabCluster;
  let target: ObjectTarget;

  before(async () => {
    lab = await LabCluster.open('scale');
    const labels = { app: name };
    const { metadata } = await lab.cluster.createObject<V1Deployment>({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace: lab.space.name },
      spec: {
        replicas: 3,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            terminationGracePeriodSeconds: 0,
            containers: [{ name: 'main', image: lab.image, imagePullPolicy: 'IfNotPresent', command: ['sleep', '3600'] }],
          },
        },
      },
    });
    target = {
      kind: 'object',
      apiVersion: 'apps/v1',
      objectKind: 'Deployment',
      namespace: lab.space.name,
      name,
      uid: metadata?.uid ?? null,
    };
    await awaitReady(3);
  });
  after(async () => {
    await lab?.[Symbol.asyncDispose]();
  });

  async function readyPods(): Promise<number> {
    const pods = await lab.cluster.listPods(lab.space.name, `app=${name}`);
    return pods.filter((pod) => pod.metadata?.deletionTimestamp === undefined && isReady(pod)).length;
  }

  async function awaitReady(count: number): Promise<void> {
    const end = Date.now() + 60_000;
    while ((await readyPods()) !== count) {
      assert.ok(Date.now() < end, `${await readyPods()} pods are Ready, expected ${count}`);
      await delay(200);
    }
  }

  async function deployment(): Promise<V1Deployment> {
    const found = await lab.cluster.readObject({ apiVersion: 'apps/v1', kind: 'Deployment', namespace: lab.space.name, name });
    assert.ok(found, 'the deployment is gone');
    return found;
  }

  async function scaleTo(replicas: number): Promise<void> {
    const reference = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: lab.space.name, name };
    await lab.cluster.patchObject(reference, { spec: { replicas } });
  }

  it('workload-scale takes pods away and brings back as many as there were', async () => {
    await exerciseFault(lab.context, {
      fault: 'workload-scale',
      parameters: { percent: '34%' },
      targets: [target],
      namespace: lab.space.name,
      measure: () => readyPods(),
      inEffect: (during) => during === 2,
      gone: (after) => after === 3,
      tell: (before, during, after) => `Ready pods: ${before} before, ${during} while it held, ${after} afterwards`,
      async whileItHolds({ id, deadline }) {
        const { metadata } = await deployment();
        assert.equal(metadata?.annotations?.[objectKeys.fault], id);
        assert.equal(metadata?.annotations?.[objectKeys.expiresAt], new Date(deadline).toISOString());
        assert.deepEqual(JSON.parse(metadata?.annotations?.[objectKeys.restore] ?? ''), { replicas: 3, set: 2 });
      },
    });
    const keys = Object.keys((await deployment()).metadata?.annotations ?? {});
    assert.deepEqual(
      keys.filter((key) => key.startsWith('squall.dev/')),
      [objectKeys.undone],
    );
  });

  it('pod-autoscaler scales up, and tells how many became Ready', async () => {
    let outcome: string | undefined;
    await exerciseFault(lab.context, {
      fault: 'pod-autoscaler',
      parameters: { replicas: 5 },
      targets: [target],
      namespace: lab.space.name,
      measure: () => readyPods(),
      inEffect: (during) => during === 5,
      gone: (after) => after === 3,
      tell: (before, during, after) => `Ready pods: ${before} before, ${during} while it held, ${after} afterwards`,
      async whileItHolds(fault) {
        // Pods are Ready a little before their Deployment says so.
        await eventually('replicas', deployment, ({ status }) => status?.readyReplicas === 5);
        outcome = (
          await drafted(lab.context, { fault: 'pod-autoscaler', targets: [target], namespace: '' }).verbs.revert(lab.context, fault)
        ).outcome;
      },
    });
    assert.equal(outcome, '5 of 5 replicas of Deployment/sleeper were Ready at its end');
  });

  it('one that somebody scales meanwhile keeps their number, and is put back to it', async () => {
    const { verbs, draft } = drafted(lab.context, {
      fault: 'workload-scale',
      parameters: { replicas: 1 },
      targets: [target],
      namespace: lab.space.name,
    });
    const { mechanism } = await verbs.prepare(lab.context, draft);
    const fault = { ...draft, mechanism, endsAt: Date.now() + 60_000, deadline: Date.now() + 65_000 };
    await verbs.inject(lab.context, fault);
    await scaleTo(4);
    assert.equal((await verbs.verify(lab.context, fault)).ok, false);
    await verbs.inject(lab.context, fault);
    assert.equal((await deployment()).spec?.replicas, 1);
    await verbs.revert(lab.context, fault);
    assert.equal((await deployment()).spec?.replicas, 4);

    const other = { ...fault, id: `${fault.id}-2` };
    await verbs.inject(lab.context, other);
    await scaleTo(3);
    const { perTarget } = await verbs.revert(lab.context, other);
    assert.match(perTarget[0]?.detail ?? '', /3 replicas, set by somebody else meanwhile, were left/);
    assert.equal((await deployment()).spec?.replicas, 3);
  });

  it('is refused while another fault is on the workload, where nothing would change, and where an autoscaler decides', async () => {
    const place = { fault: 'workload-scale', targets: [target], namespace: lab.space.name };
    const { verbs, draft } = drafted(lab.context, { ...place, parameters: { replicas: 1 } });
    const refusal = (parameters: Record<string, unknown>) =>
      verbs.prepare(lab.context, drafted(lab.context, { ...place, parameters }).draft);
    await assert.rejects(refusal({ replicas: 3 }), (error) => error instanceof RefusedError && /3 replicas already/.test(error.message));

    const { mechanism } = await verbs.prepare(lab.context, draft);
    const fault = { ...draft, mechanism, endsAt: Date.now() + 60_000, deadline: Date.now() + 65_000 };
    await verbs.inject(lab.context, fault);
    await assert.rejects(refusal({ replicas: 2 }), (error) => error instanceof RefusedError && error.message.includes(fault.id));
    await verbs.revert(lab.context, fault);

    await lab.cluster.createObject({
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'scaler', namespace: lab.space.name },
      spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name }, minReplicas: 3, maxReplicas: 6 },
    } as object);
    await assert.rejects(refusal({ replicas: 1 }), (error) => error instanceof RefusedError && /Autoscaler scaler/.test(error.message));
  });
});
