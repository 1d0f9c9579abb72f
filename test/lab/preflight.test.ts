import assert from 'node:assert/strict';
import type { V1Deployment } from '@kubernetes/client-node';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { readLabState } from '../../lab/state.ts';
import { isReady } from '../../src/kubernetes/is-ready.ts';
import { LabCluster } from '../support/lab-cluster.ts';
import { reportOf, startRun } from '../support/runs.ts';
import { SquallProcesses } from '../support/squall-processes.ts';
import { createTemporal } from '../support/temporal.ts';

const app = 'tight';

describe('preflight of every fault, on a namespace with Pod Security "restricted"', function () {
  this.timeout(180_000);
  let lab: LabCluster;
  let temporal: TestWorkflowEnvironment;
  let squall: SquallProcesses;

  before(async () => {
    const state = readLabState();
    assert.ok(state, 'the lab is not up: npm run lab -- up');
    lab = await LabCluster.open('preflight');
    await lab.cluster.patchObject(
      { apiVersion: 'v1', kind: 'Namespace', name: lab.space.name },
      { metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } } },
    );
    await lab.cluster.createObject<V1Deployment>(deployment());
    const end = Date.now() + 60_000;
    while ((await podUids(true)).length < 1) assert.ok(Date.now() < end, 'the pod is not ready within a minute');
    temporal = await createTemporal();
    squall = await SquallProcesses.start(state, temporal.address);
  });
  after(async () => {
    await squall?.[Symbol.asyncDispose]();
    await temporal?.teardown();
    await lab?.[Symbol.asyncDispose]();
  });

  function deployment(): V1Deployment {
    const labels = { app };
    return {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: app, namespace: lab.space.name },
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            terminationGracePeriodSeconds: 0,
            securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
            containers: [
              {
                name: 'main',
                image: lab.image,
                imagePullPolicy: 'IfNotPresent',
                command: ['redis-server', '--save', '', '--dir', '/tmp', '--protected-mode', 'no'],
                securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
              },
            ],
          },
        },
      },
    };
  }

  async function podUids(ready = false): Promise<string[]> {
    const pods = await lab.cluster.listPods(lab.space.name, `app=${app}`);
    return pods
      .filter((pod) => !ready || isReady(pod))
      .map(({ metadata }) => metadata?.uid ?? '')
      .toSorted();
  }

  it('refuses a campaign whose second fault admission forbids, before its first has touched anything', async () => {
    const before = await podUids();
    const id = await startRun(
      squall.apiUrl,
      `apiVersion: squall.dev/v1
kind: Campaign
metadata: {name: tight}
spec:
  target: {namespace: ${lab.space.name}, kind: Deployment, name: ${app}}
  policy: {allowLastReady: true}
  hypothesis: [{name: ready, type: pods-ready, tolerance: succeeds, when: after}]
  steps:
    - experiment: {name: kill, fault: pod-delete, target: {count: 1}, duration: 5s}
    - experiment: {name: slow, fault: pod-network-latency, target: {count: 1}, duration: 5s}
`,
    );
    const report = await reportOf(squall.apiUrl, id);
    assert.equal(report.verdict, 'Error');
    assert.deepEqual(
      report.refusals.map(({ code, subject }) => ({ code, subject })),
      [{ code: 'no-mechanism', subject: 'slow' }],
    );
    assert.match(report.refusals[0]?.message ?? '', /PodSecurity "restricted/);
    assert.deepEqual(await podUids(), before);
  });
});
