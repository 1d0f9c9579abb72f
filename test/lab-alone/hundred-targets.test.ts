import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { V1Deployment } from '@kubernetes/client-node';
import type { PodTarget } from '../../src/contracts/plan.ts';
import { isReady } from '../../src/kubernetes/is-ready.ts';
import { drafted } from '../support/exercise-fault.ts';
import { LabCluster } from '../support/lab-cluster.ts';

const count = 100;
/** far above what it takes, so that a busy machine fails nothing; the figures are in the file */
const mostMs = 30_000;
const figuresFile = join(import.meta.dirname, '../../.squall/hundred-targets.json');

describe(`a fault on ${count} pods at once`, function () {
  this.timeout(900_000);
  let lab: LabCluster;

  before(async () => {
    lab = await LabCluster.open('hundred');
    const labels = { app: 'many' };
    await lab.cluster.createObject<V1Deployment>({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'many', namespace: lab.space.name },
      spec: {
        replicas: count,
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
  });
  after(async () => {
    await lab?.[Symbol.asyncDispose]();
  });

  async function targets(): Promise<PodTarget[]> {
    for (const end = Date.now() + 600_000; ; await delay(1_000)) {
      const pods = (await lab.cluster.listPods(lab.space.name, 'app=many')).filter(isReady);
      if (pods.length === count) {
        return pods.map(({ metadata, spec, status }) => ({
          kind: 'pod',
          namespace: lab.space.name,
          pod: metadata?.name ?? '',
          uid: metadata?.uid ?? '',
          ip: status?.podIP ?? '',
          node: spec?.nodeName ?? '',
          zone: null,
          container: 'main',
          role: null,
        }));
      }
      assert.ok(Date.now() < end, `${pods.length} of ${count} pods are ready after 10 minutes`);
    }
  }

  it('holds on all of them, and is undone on all of them, in moments', async () => {
    const { verbs, draft } = drafted(lab.context, {
      fault: 'pod-network-latency',
      parameters: { latency: '100ms' },
      targets: await targets(),
      namespace: lab.space.name,
    });
    const prepare = performance.now();
    const { mechanism } = await verbs.prepare(lab.context, draft);
    const prepareMs = Math.round(performance.now() - prepare);
    const endsAt = Date.now() + 300_000;
    const fault = { ...draft, mechanism, endsAt, deadline: endsAt + 5_000 };
    let undone = false;
    try {
      const began = Date.now();
      const injected = await verbs.inject(lab.context, fault);
      const injectMs = Date.now() - began;
      const apartMs = Math.max(...injected.perTarget.map(({ at }) => at)) - Math.min(...injected.perTarget.map(({ at }) => at));
      const verified = await verbs.verify(lab.context, fault);
      const verifyMs = Date.now() - began - injectMs;
      assert.ok(verified.ok, JSON.stringify(verified.perTarget.filter(({ ok }) => !ok)));
      const reverting = Date.now();
      await verbs.revert(lab.context, fault);
      const revertMs = Date.now() - reverting;
      const confirmed = await verbs.confirm(lab.context, fault);
      undone = true;
      assert.ok(confirmed.ok, JSON.stringify(confirmed.perTarget.filter(({ ok }) => !ok)));
      const figures = { targets: count, mechanism, prepareMs, injectMs, apartMs, verifyMs, revertMs };
      await mkdir(join(figuresFile, '..'), { recursive: true });
      await writeFile(figuresFile, `${JSON.stringify(figures, null, 2)}\n`);
      console.log(JSON.stringify(figures));
      assert.ok(injectMs < mostMs && revertMs < mostMs, JSON.stringify(figures));
    } finally {
      if (!undone) await verbs.revert(lab.context, fault);
    }
  });
});
