import assert from 'node:assert/strict';
import type { V1Deployment, V1Pod } from '@kubernetes/client-node';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { readLabState } from '../../lab/state.ts';
import { isReady } from '../../src/kubernetes/is-ready.ts';
import { until } from '../support/eventually.ts';
import { LabCluster } from '../support/lab-cluster.ts';
import { reportOf, startRun } from '../support/runs.ts';
import { SquallProcesses } from '../support/squall-processes.ts';
import { createTemporal } from '../support/temporal.ts';

// Not the lab's redis: redis that does not replicate is refused, whatever is to be done to it.
const image = 'docker.io/library/debian:bookworm-slim';
const command = ['sh', '-c', 'trap "exit 0" TERM; while :; do sleep 1 & wait $!; done'];

describe('a pod that is the target by its name', function () {
  this.timeout(180_000);
  let lab: LabCluster;
  let temporal: TestWorkflowEnvironment;
  let squall: SquallProcesses;

  before(async () => {
    const state = readLabState();
    assert.ok(state, 'the lab is not up: npm run lab -- up');
    lab = await LabCluster.open('by-name');
    for (const app of ['struck', 'bystander']) await lab.cluster.createObject<V1Deployment>(deployment(app));
    await until(async () => (await pods()).filter(isReady).length === 4);
    temporal = await createTemporal();
    squall = await SquallProcesses.start(state, temporal.address);
  });
  after(async () => {
    await squall?.[Symbol.asyncDispose]();
    await temporal?.teardown();
    await lab?.[Symbol.asyncDispose]();
  });

  function deployment(app: string): V1Deployment {
    const main = { name: 'main', image, imagePullPolicy: 'IfNotPresent', command };
    const template = { metadata: { labels: { app } }, spec: { terminationGracePeriodSeconds: 0, containers: [main] } };
    return {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: app, namespace: lab.space.name },
      spec: { replicas: 2, selector: { matchLabels: { app } }, template },
    };
  }

  function pods(): Promise<V1Pod[]> {
    return lab.cluster.listPods(lab.space.name, 'app in (struck,bystander)');
  }

  it('is struck alone, and its namespace is otherwise as it was', async () => {
    const before = await pods();
    const target = before.find(({ metadata }) => metadata?.labels?.app === 'struck')?.metadata;
    assert.ok(target?.name && target.uid);
    const id = await startRun(
      squall.apiUrl,
      `apiVersion: squall.dev/v1
kind: Campaign
metadata: {name: by-name}
spec:
  target: {namespace: ${lab.space.name}, kind: Pod, name: ${target.name}}
  steps:
    - experiment: {name: kill, fault: pod-delete, target: all, duration: 5s}
`,
    );
    const report = await reportOf(squall.apiUrl, id);
    assert.equal(report.verdict, 'Passed', JSON.stringify({ reason: report.reason, refusals: report.refusals }));
    const left = new Set((await pods()).map(({ metadata }) => metadata?.uid));
    assert.deepEqual(
      before.map(({ metadata }) => metadata?.uid).filter((uid) => !left.has(uid)),
      [target.uid],
    );
    assert.equal(left.size, 4, 'another came in its place');
  });
});
