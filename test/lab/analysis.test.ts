import assert from 'node:assert/strict';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { readReplication, redisCli, sentinelPods } from '../../examples/redis/replication.ts';
import { readLabState } from '../../lab/state.ts';
import { readClusterRecord } from '../../src/activities/cluster-record/read-cluster-record.ts';
import type { Dependencies } from '../../src/activities/dependencies.ts';
import type { Plan } from '../../src/contracts/plan.ts';
import type { Report } from '../../src/contracts/report.ts';
import type { Cluster } from '../../src/kubernetes/cluster.ts';
import { connectCluster } from '../../src/kubernetes/connect-cluster.ts';
import { deafPrimary } from '../evidence/conditions.ts';
import { Place } from '../evidence/place.ts';
import { LeastRights } from '../support/least-rights.ts';
import { reportOf, startRun } from '../support/runs.ts';
import { SquallProcesses } from '../support/squall-processes.ts';
import { createTemporal } from '../support/temporal.ts';
import { TestNamespace } from '../support/test-namespace.ts';

// The brief's own case: what analysis finds is true, since with its fix the same campaign passes.
describe('analysis of an election over its limit', function () {
  this.timeout(300_000);
  let temporal: TestWorkflowEnvironment;
  let squall: SquallProcesses;
  let cluster: Cluster & AsyncDisposable;
  let namespace: TestNamespace;
  let place: Place;

  before(async () => {
    const lab = readLabState();
    assert.ok(lab, 'the lab is not up: npm run lab -- up');
    cluster = connectCluster({ name: 'lab', kubeconfig: lab.kubeconfig });
    namespace = await TestNamespace.create(lab.kubeconfig, 'analysis');
    place = new Place(cluster, namespace.name, lab.kubeconfig, AbortSignal.timeout(280_000));
    const starting = createTemporal().then(async (started) => {
      temporal = started;
      squall = await SquallProcesses.start(lab, temporal.address);
    });
    // Its pods are replaced by the test itself: rolling out, each of the old ones would take its 45 s.
    await Promise.all([starting, place.deployRedis((manifests) => deafPrimary(manifests, { updateStrategy: { type: 'OnDelete' } }))]);
    // So that 30 s hold a grace period of 15 s and a vote that has to be repeated, which comes by chance: see the example's README.
    for (const pod of sentinelPods) {
      await redisCli(place, pod, 'SENTINEL', 'SET', 'redis', 'down-after-milliseconds', '2000', 'failover-timeout', '3000');
    }
  });
  after(async () => {
    await squall?.[Symbol.asyncDispose]();
    await temporal?.teardown();
    await cluster?.[Symbol.asyncDispose]();
    await namespace?.[Symbol.asyncDispose]();
  });

  const document = () => `apiVersion: squall.dev/v1
kind: Campaign
metadata: {name: lose-the-primary}
spec:
  target: {namespace: ${namespace.name}, kind: StatefulSet, name: redis-leader}
  steps:
    - experiment:
        fault: pod-delete
        target: {role: redis-primary}
        duration: 1s
        hypothesis: [{type: redis-leader-election, tolerance: <= 30s}]
`;

  async function loseThePrimary(): Promise<Report> {
    return reportOf(squall.apiUrl, await startRun(squall.apiUrl, document()));
  }

  it('reads with the rights of the campaign alone all but what it names', async () => {
    const request = { method: 'POST', headers: { 'content-type': 'application/yaml' }, body: document() };
    const { inventory, permissions } = (await (await fetch(`${squall.apiUrl}/v1/plans`, request)).json()) as Plan;
    await using least = await LeastRights.grant(cluster.name, namespace.name, permissions);
    const deps = { cluster: () => least.cluster, ofCluster: () => ({ reach: 'auto', prometheusUrl: null }) } as unknown as Dependencies;
    const record = await readClusterRecord(inventory, Date.now() - 600_000, deps, AbortSignal.timeout(30_000));
    assert.deepEqual(record.gaps.sort(), ['events of nodes: forbidden', 'logs of Sentinels: forbidden']);
    assert.ok(record.events.some(({ kind, reason }) => kind === 'Pod' && reason === 'Started'));
    assert.deepEqual([record.workload?.terminationGracePeriodSeconds, record.pods.length, record.budgets?.length], [45, 3, 1]);
    assert.ok(
      record.redis?.sentinels.every(({ master }) => master?.quorum === 2 && master.downAfterMs === 2000),
      JSON.stringify(record.redis),
    );
  });

  it('blames the grace period of a primary that ignores SIGTERM, and a second run confirms its patch', async () => {
    const { primary } = await readReplication(place);
    const failed = await loseThePrimary();
    assert.equal(failed.verdict, 'Failed', failed.reason);
    assert.ok((failed.leaderElectionSeconds ?? 0) > 45, `${failed.leaderElectionSeconds} s: the grace period was not waited for`);
    const finding = failed.findings.find(({ rule }) => rule === 'slow-election');
    assert.ok(finding?.patch, JSON.stringify(failed.findings));
    const evidence = finding.evidence.join('\n');
    assert.match(evidence, new RegExp(`^\\S+Z event Killing of pod/${primary}: Stopping container redis$`, 'm'));
    assert.match(evidence, /^spec of statefulset\/redis-leader: terminationGracePeriodSeconds is 45, /m);
    assert.match(evidence, new RegExp(`^\\S+Z sentinel redis-sentinel-\\d: \\+switch-master redis ${primary}\\.`, 'm'));
    assert.ok(failed.experiments[0]?.clusterEvents?.some(({ reason, name }) => reason === 'Killing' && name === primary));
    assert.deepEqual(finding.patch.body, { spec: { template: { spec: { terminationGracePeriodSeconds: 15 } } } });

    await place.patch('StatefulSet', 'redis-leader', finding.patch.body);
    await replacePods();

    const passed = await loseThePrimary();
    assert.equal(passed.verdict, 'Passed', JSON.stringify({ reason: passed.reason, findings: passed.findings }));
    assert.ok((passed.leaderElectionSeconds ?? 0) > 15, `${passed.leaderElectionSeconds} s: the new grace period was not waited for`);
    assert.deepEqual(
      passed.findings.filter(({ rule, severity }) => rule === 'slow-election' || severity === 'critical'),
      [],
    );
  });

  /**
   * Replaces all pods at once, without their grace period. Which of them is the primary then does not matter here; a failover
   * asked of the Sentinels would, by chance, come to nothing when they have not heard of the new replicas yet.
   */
  async function replacePods(): Promise<void> {
    const old = await cluster.listPods(namespace.name, 'app=redis');
    await Promise.all(
      old.map(({ metadata }) => cluster.deletePod({ namespace: namespace.name, name: metadata?.name ?? '', uid: metadata?.uid ?? '' }, 0)),
    );
    await place.until('new pods', async () => {
      const pods = await cluster.listPods(namespace.name, 'app=redis');
      return pods.filter(({ spec }) => spec?.terminationGracePeriodSeconds === 15).length === 3;
    });
    await place.wholeRedis();
  }
});
