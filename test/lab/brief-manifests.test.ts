import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { parse } from 'yaml';
import type { Manifest } from '../../examples/redis/manifests.ts';
import { Objects } from '../../examples/redis/objects.ts';
import { readLabState } from '../../lab/state.ts';
import type { Plan } from '../../src/contracts/plan.ts';
import type { Cluster } from '../../src/kubernetes/cluster.ts';
import { connectCluster } from '../../src/kubernetes/connect-cluster.ts';
import { isReady } from '../../src/kubernetes/is-ready.ts';
import { reportOf, startRun } from '../support/runs.ts';
import { SquallProcesses } from '../support/squall-processes.ts';
import { createTemporal } from '../support/temporal.ts';
import { TestNamespace } from '../support/test-namespace.ts';

const brief = (file: string) => readFileSync(fileURLToPath(new URL(`../../examples/redis/brief/${file}`, import.meta.url)), 'utf8');

describe("the tutorial's own manifests", function () {
  this.timeout(180_000);
  let temporal: TestWorkflowEnvironment;
  let squall: SquallProcesses;
  let cluster: Cluster & AsyncDisposable;
  let namespace: TestNamespace;
  let document: string;

  before(async () => {
    const lab = readLabState();
    assert.ok(lab, 'the lab is not up: npm run lab -- up');
    cluster = connectCluster({ name: 'lab', kubeconfig: lab.kubeconfig });
    namespace = await TestNamespace.create(lab.kubeconfig, 'brief');
    document = brief('chaos-engine.yaml').replace('appns: default', `appns: ${namespace.name}`);
    await using objects = new Objects(lab.kubeconfig);
    for (const file of ['redis-leader.yaml', 'redis-service.yaml']) {
      const manifest: Manifest = parse(brief(file));
      manifest.metadata.namespace = namespace.name;
      await objects.apply(manifest, AbortSignal.timeout(30_000));
    }
    temporal = await createTemporal();
    squall = await SquallProcesses.start(lab, temporal.address);
    while ((await readyPods()).length < 3) await delay(200);
  });
  after(async () => {
    await squall?.[Symbol.asyncDispose]();
    await temporal?.teardown();
    await cluster?.[Symbol.asyncDispose]();
    await namespace?.[Symbol.asyncDispose]();
  });

  async function readyPods() {
    const pods = await cluster.listPods(namespace.name, 'app=redis');
    return pods.filter(isReady);
  }

  it('are refused by the plan, which says why', async () => {
    const response = await fetch(`${squall.apiUrl}/v1/plans`, {
      method: 'POST',
      headers: { 'content-type': 'application/yaml' },
      body: document,
    });
    assert.equal(response.status, 200);
    const plan = (await response.json()) as Plan;
    const refusal = plan.refusals.find(({ code }) => code === 'not-replicated');
    assert.equal(refusal?.message, '3 of 3 pods are primaries: replication is not configured');
  });

  it('are refused by a run, which touches nothing', async () => {
    const before = await readyPods();
    const id = await startRun(squall.apiUrl, document);
    const report = await reportOf(squall.apiUrl, id);
    assert.equal(report.verdict, 'Error');
    assert.equal(report.score, null);
    assert.match(report.reason, /3 of 3 pods are primaries: replication is not configured/);
    const after = await readyPods();
    assert.deepEqual(
      after.map(({ metadata, spec }) => [metadata?.uid, spec?.ephemeralContainers ?? []]),
      before.map(({ metadata }) => [metadata?.uid, []]),
    );
  });
});
