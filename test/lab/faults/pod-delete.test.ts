import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { V1StatefulSet } from '@kubernetes/client-node';
import type { PodTarget } from '../../../src/contracts/plan.ts';
import { RefusedError } from '../../../src/faults/verbs.ts';
import { isReady } from '../../../src/kubernetes/is-ready.ts';
import { drafted, exerciseFault } from '../../support/exercise-fault.ts';
import { LabCluster } from '../../support/lab-cluster.ts';

const name = 'shop';
const names = ['shop-0', 'shop-1', 'shop-2'];

describe('the fault pod-delete on the lab', function () {
  this.timeout(180_000);
  let lab: LabCluster;

  before(async () => {
    lab = await LabCluster.open('delete');
    const labels = { app: name };
    await lab.cluster.createObject<V1StatefulSet>({
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name, namespace: lab.space.name },
      spec: {
        serviceName: name,
        replicas: 3,
        podManagementPolicy: 'Parallel',
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            containers: [{ name: 'main', image: lab.image, imagePullPolicy: 'IfNotPresent', command: ['sleep', '3600'] }],
          },
        },
      },
    });
  });
  beforeEach(async () => {
    const end = Date.now() + 60_000;
    while ((await ready()).length < 3) {
      assert.ok(Date.now() < end, 'the pods are not Ready');
      await delay(200);
    }
  });
  after(async () => {
    await lab?.[Symbol.asyncDispose]();
  });

  interface Seen {
    pod: string;
    uid: string;
    createdAt: number;
  }

  async function ready(): Promise<Seen[]> {
    const pods = await lab.cluster.listPods(lab.space.name, `app=${name}`);
    return pods
      .filter((pod) => pod.metadata?.deletionTimestamp === undefined && isReady(pod))
      .map(({ metadata }) => ({
        pod: metadata?.name ?? '',
        uid: metadata?.uid ?? '',
        createdAt: new Date(metadata?.creationTimestamp ?? 0).getTime(),
      }))
      .toSorted((a, b) => a.pod.localeCompare(b.pod));
  }

  function targets(): Promise<PodTarget[]> {
    return Promise.all(names.map((pod) => lab.podTarget(pod)));
  }

  function replaced(now: Seen[], before: Seen[]): Seen[] {
    return now.filter(({ pod, uid }) => before.some((old) => old.pod === pod && old.uid !== uid));
  }

  it('deletes one after another in the order asked for, each once', async () => {
    const { before, during, after } = await exerciseFault(lab.context, {
      fault: 'pod-delete',
      parameters: { order: 'reverse', interval: '3s', force: true },
      targets: await targets(),
      namespace: lab.space.name,
      measure: ready,
      inEffect: (now, old) => replaced(now, old).length === 3,
      gone: (now, old) => replaced(now, old).length === 3,
      tell(old, now) {
        const times = replaced(now, old).map(({ createdAt }) => createdAt);
        return `${replaced(now, old).length} of ${old.length} pods were replaced, within ${(Math.max(...times) - Math.min(...times)) / 1_000} s, 3 s apart`;
      },
    });
    assert.equal(before.length, 3);
    // The second call of inject, and the rest, deleted nothing more.
    assert.deepEqual(after, during);
    const [first = 0, second = 0, third = 0] = ['shop-2', 'shop-1', 'shop-0'].map(
      (pod) => during.find((seen) => seen.pod === pod)?.createdAt ?? 0,
    );
    // To the second, as the API writes times.
    assert.ok(second - first >= 2_000 && third - second >= 2_000, JSON.stringify(during));
  });

  it('goes on after an attempt that was cut short, and repeats nothing', async () => {
    const { verbs, draft } = drafted(lab.context, {
      fault: 'pod-delete',
      parameters: { order: 'by-name', interval: '3s', force: true },
      targets: await targets(),
      namespace: lab.space.name,
    });
    const { mechanism } = await verbs.prepare(lab.context, draft);
    const fault = { ...draft, mechanism, endsAt: 0, deadline: 0 };
    const old = await ready();
    const worker = new AbortController();
    const cut = verbs.inject({ ...lab.context, signal: worker.signal }, fault);
    await lab.space.awaitPod('shop-0', 'replaced', (pod) => pod?.metadata?.uid !== old[0]?.uid && pod !== undefined);
    worker.abort(new Error('the worker is gone'));
    await assert.rejects(cut, /worker is gone|aborted/);
    const between = await lab.space.core.readNamespacedPod({ name: 'shop-0', namespace: lab.space.name });

    const { perTarget } = await verbs.inject(lab.context, fault);
    assert.deepEqual(
      perTarget.map(({ target, detail }) => `${target}: ${detail}`),
      ['shop-0: already gone', 'shop-1: deleted with a grace period of 0 s', 'shop-2: deleted with a grace period of 0 s'],
    );
    const now = await lab.space.core.readNamespacedPod({ name: 'shop-0', namespace: lab.space.name });
    assert.equal(now.metadata?.uid, between.metadata?.uid);
    assert.ok((await verbs.confirm(lab.context, fault)).ok);
  });

  it('refuses a round that would take longer than an attempt may', async () => {
    const { verbs, draft } = drafted(lab.context, {
      fault: 'pod-delete',
      parameters: { interval: '15s' },
      targets: await targets(),
      namespace: lab.space.name,
    });
    await assert.rejects(
      verbs.prepare(lab.context, draft),
      (error) => error instanceof RefusedError && /3 deletions would take 30s/.test(error.message),
    );
  });
});
