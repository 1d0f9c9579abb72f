import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { deployRedis, makePrimary } from '../../examples/redis/deploy.ts';
import { readLabState } from '../../lab/state.ts';
import { targetName } from '../../src/contracts/plan.ts';
import type { Cluster, ContainerAddress } from '../../src/kubernetes/cluster.ts';
import { connectCluster } from '../../src/kubernetes/connect-cluster.ts';
import { eventually } from '../support/eventually.ts';
import { coresUsed, median, roundTrips } from '../support/measure.ts';
import { awaitEvent, cancelRun, reportOf, startRun } from '../support/runs.ts';
import { end, SquallProcesses } from '../support/squall-processes.ts';
import { createTemporal } from '../support/temporal.ts';
import { TestNamespace } from '../support/test-namespace.ts';

const brief = readFileSync(fileURLToPath(new URL('../../examples/redis/brief/chaos-engine.yaml', import.meta.url)), 'utf8');

/** One fault on the example's redis. */
function document(namespace: string, fault: string, target: string, parameters: string, duration: string): string {
  return `apiVersion: squall.dev/v1
kind: Campaign
metadata: {name: one-${fault}}
spec:
  target: {namespace: ${namespace}, kind: StatefulSet, name: redis-leader}
  steps:
    - experiment: {name: only, fault: ${fault}, target: ${target}, parameters: ${parameters}, duration: ${duration}}
`;
}

// Real redis, real Kubernetes, real Temporal, real processes.
describe('campaigns on the lab', function () {
  this.timeout(300_000);
  let temporal: TestWorkflowEnvironment;
  let squall: SquallProcesses;
  let cluster: Cluster & AsyncDisposable;
  let kubeconfig: string;
  let own: TestNamespace;
  let namespace: string;
  let peer: ContainerAddress;
  const latency = (duration: string) =>
    document(namespace, 'pod-network-latency', '{names: [redis-leader-2]}', '{latency: 500ms}', duration);

  before(async () => {
    const lab = readLabState();
    assert.ok(lab, 'the lab is not up: npm run lab -- up');
    kubeconfig = lab.kubeconfig;
    cluster = connectCluster({ name: 'lab', kubeconfig });
    own = await TestNamespace.create(kubeconfig, 'campaign');
    namespace = own.name;
    peer = { namespace, pod: 'redis-sentinel-0', container: 'sentinel' };
    temporal = await createTemporal();
    squall = await SquallProcesses.start(lab, temporal.address, {
      SQUALL_POLICY_FILE: join(import.meta.dirname, 'probes-of-loopback.yaml'),
    });
    await deployRedis({ kubeconfig, namespace });
  });
  after(async () => {
    await squall?.[Symbol.asyncDispose]();
    await temporal?.teardown();
    await own?.[Symbol.asyncDispose]();
    await cluster?.[Symbol.asyncDispose]();
  });

  async function ip(pod: string): Promise<string> {
    const address = (await cluster.readPod(namespace, pod))?.status?.podIP;
    assert.ok(address, `pod ${pod} has no address`);
    return address;
  }

  const isVerified = (event: { type: string }) => event.type === 'fault.verified';

  it('delays what leaves the pod by 500 ms, measured from another pod, and no longer once undone', async () => {
    const address = await ip('redis-leader-2');
    const before = median(await roundTrips(cluster, peer, address, 5));
    const id = await startRun(squall.apiUrl, latency('20s'));
    await awaitEvent(squall.apiUrl, id, isVerified);
    const during = await roundTrips(cluster, peer, address, 5);
    const report = await reportOf(squall.apiUrl, id);
    const after = median(await roundTrips(cluster, peer, address, 5));
    assert.ok(Math.min(...during) >= 500, `during the fault: ${during} ms`);
    assert.ok(median(during) < 1_500, `during the fault: ${during} ms`);
    assert.ok(before < 250 && after < 250, `before ${before} ms, after ${after} ms`);
    assert.match(report.experiments[0]?.mechanism ?? '', /^(netem|nfqueue)$/);
  });

  it("burns CPU in the target's own cgroup, up to its limit, and no longer once undone", async () => {
    const target = { namespace, pod: 'redis-leader-1', container: 'redis' };
    const id = await startRun(squall.apiUrl, document(namespace, 'pod-cpu-hog', '{names: [redis-leader-1]}', '{cores: 2}', '60s'));
    await awaitEvent(squall.apiUrl, id, isVerified);
    // The example's redis is limited to half a core; on a busy machine it may get less for a while.
    const during = await eventually(
      'cores used',
      () => coresUsed(cluster, target, 3),
      (cores) => cores > 0.25,
    );
    await cancelRun(squall.apiUrl, id);
    await reportOf(squall.apiUrl, id);
    const after = await coresUsed(cluster, target, 3);
    assert.ok(during < 0.65, `${during} cores during the fault`);
    assert.ok(after < 0.15, `${after} cores after it`);
  });

  it('is aborted by a stop condition when it is missed, and undone', async () => {
    let status = 200;
    const server = createServer((_, response) => response.writeHead(status).end());
    await once(server.listen(0, '127.0.0.1'), 'listening');
    try {
      const intervalMs = 1_000;
      const { port } = server.address() as AddressInfo;
      const stop = `  stopConditions: [{name: shop, type: http, url: 'http://127.0.0.1:${port}/', tolerance: succeeds, interval: ${intervalMs}ms}]\n`;
      const id = await startRun(squall.apiUrl, latency('120s').replace('  steps:', `${stop}  steps:`));
      await awaitEvent(squall.apiUrl, id, isVerified);
      const missedAt = Date.now();
      status = 500;
      const report = await reportOf(squall.apiUrl, id);
      assert.equal(report.verdict, 'Aborted', report.reason);
      assert.match(report.reason, /stop condition shop/);
      const undoneAfter = Date.parse(report.experiments[0]?.revertedAt ?? '') - missedAt;
      assert.ok(undoneAfter < 60_000, `undone ${undoneAfter} ms after the miss began`);
      assert.ok(report.experiments[0]?.confirmedAt);
    } finally {
      server.close();
    }
  });

  it('cancelled in the middle of a delay, leaves a clean network long before it was to end', async () => {
    const address = await ip('redis-leader-2');
    const id = await startRun(squall.apiUrl, latency('120s'));
    await awaitEvent(squall.apiUrl, id, isVerified);
    assert.ok(median(await roundTrips(cluster, peer, address, 3)) >= 500);
    const cancelledAt = Date.now();
    await cancelRun(squall.apiUrl, id);
    const report = await reportOf(squall.apiUrl, id);
    const [experiment] = report.experiments;
    assert.ok(experiment?.revertedAt && experiment.confirmedAt);
    const cleanAfter = Date.parse(experiment.revertedAt) - cancelledAt;
    assert.ok(cleanAfter < 60_000, `clean ${cleanAfter} ms after the cancel`);
    assert.ok(median(await roundTrips(cluster, peer, address, 3)) < 250);
    assert.equal(report.verdict, 'Aborted');
    assert.equal(experiment.revertedBy, 'workflow');
    assert.ok(
      experiment.probes.some(({ samples }) => samples.length > 0),
      'samples taken before the cancel are kept',
    );
    const description = await temporal.client.workflow.getHandle(id).describe();
    assert.equal(description.status.name, 'CANCELLED');
  });

  describe('with a worker of its own', () => {
    it('goes on and ends after its worker was killed with SIGKILL in mid-fault', async () => {
      await using alone = await ownProcesses();
      const id = await startRun(alone.processes.apiUrl, latency('25s'));
      await awaitEvent(alone.processes.apiUrl, id, isVerified);
      await delay(5_000);
      const killedAt = Date.now();
      await end(alone.processes.worker, 'SIGKILL');
      await alone.processes.startWorker();
      const report = await reportOf(alone.processes.apiUrl, id);
      const [experiment] = report.experiments;
      assert.equal(report.verdict, 'Passed', JSON.stringify(report, null, 1));
      assert.equal(experiment?.revertedBy, 'workflow');
      const write = experiment?.probes.find(({ type }) => type === 'redis-write-latency');
      const before = write?.samples.filter(({ at }) => at < killedAt).length ?? 0;
      const after = write?.samples.filter(({ at }) => at > killedAt).length ?? 0;
      assert.ok(before > 0 && after > 0, `${before} samples from before the kill, ${after} from after it`);
    });

    it('loses nothing when its workers are replaced one after another in mid-fault', async () => {
      await using alone = await ownProcesses();
      const id = await startRun(alone.processes.apiUrl, latency('25s'));
      await awaitEvent(alone.processes.apiUrl, id, isVerified);
      for (let turn = 0; turn < 2; turn++) {
        const old = alone.processes.worker;
        await alone.processes.startWorker();
        await end(old, 'SIGTERM');
      }
      const report = await reportOf(alone.processes.apiUrl, id);
      const [experiment] = report.experiments;
      assert.equal(report.verdict, 'Passed', JSON.stringify(report, null, 1));
      assert.equal(experiment?.revertedBy, 'workflow');
      const samples = experiment?.probes.find(({ type }) => type === 'redis-write-latency')?.samples.map(({ at }) => at) ?? [];
      const gaps = samples.slice(1).map((at, i) => at - (samples[i] ?? at));
      // A worker that is told to end hands its observation over; one that dies is missed after 15 s only.
      assert.ok(samples.length > 5 && Math.max(...gaps) < 15_000, `${samples.length} samples, with gaps of up to ${Math.max(...gaps)} ms`);
    });

    it('ends the fault at its deadline although its worker was killed and never came back', async () => {
      await using alone = await ownProcesses();
      const address = await ip('redis-leader-2');
      const id = await startRun(alone.processes.apiUrl, latency('15s'));
      await awaitEvent(alone.processes.apiUrl, id, isVerified);
      const verifiedAt = Date.now();
      await end(alone.processes.worker, 'SIGKILL');
      assert.ok(median(await roundTrips(cluster, peer, address, 3)) >= 500, 'the fault holds without a worker');
      let goneAfter: number;
      do {
        await delay(200);
        goneAfter = Date.now() - verifiedAt;
        assert.ok(goneAfter < 90_000, 'the fault is still there 90 s after it was to last 15 s');
      } while (median(await roundTrips(cluster, peer, address, 1)) >= 500);
      assert.ok(goneAfter >= 14_000, `gone ${goneAfter} ms after it was seen in effect`);
      // And the run, once somebody works again, says who ended it.
      await alone.processes.startWorker();
      const report = await reportOf(alone.processes.apiUrl, id);
      assert.equal(report.experiments[0]?.revertedBy, 'carrier');
      assert.ok((report.experiments[0]?.revertLateMs ?? 0) > 0);
    });

    async function ownProcesses() {
      const lab = readLabState();
      assert.ok(lab);
      const server = await createTemporal();
      const processes = await SquallProcesses.start(lab, server.address);
      return {
        processes,
        async [Symbol.asyncDispose]() {
          await processes[Symbol.asyncDispose]();
          await server.teardown();
        },
      };
    }
  });

  it('refuses a document with ten mistakes, naming all of them at once', async () => {
    const response = await fetch(`${squall.apiUrl}/v1/runs`, {
      method: 'POST',
      headers: { 'content-type': 'application/yaml' },
      body: readFileSync(fileURLToPath(new URL('./ten-mistakes.yaml', import.meta.url)), 'utf8'),
    });
    assert.equal(response.status, 422);
    assert.equal(response.headers.get('content-type')?.split(';')[0], 'application/problem+json');
    const problem = (await response.json()) as { errors: { path: string; line: number; found: string; expected: string }[] };
    assert.equal(problem.errors.length, 10, JSON.stringify(problem, null, 1));
    assert.equal(new Set(problem.errors.map(({ line }) => line)).size, 10);
    for (const error of problem.errors) assert.ok(error.path !== '' && error.found !== '' && error.expected !== '');
  });

  // Last, when most of what is run beside it has ended: its limits are the tutorial's, and a starved machine misses them.
  describe('on a redis that was struck before', () => {
    it("runs the tutorial's ChaosEngine unmodified: three faults in effect, undone and proven so", async () => {
      await makePrimary({ kubeconfig, namespace, pod: 'redis-leader-0' });
      const id = await startRun(squall.apiUrl, brief.replace('appns: default', `appns: ${namespace}`));
      const report = await reportOf(squall.apiUrl, id);
      assert.equal(report.verdict, 'Passed', JSON.stringify(report, null, 1));
      assert.equal(report.score, 100);
      assert.deepEqual(
        report.experiments.map(({ fault, targets }) => [fault, targets.map(targetName)]),
        [
          ['pod-delete', ['redis-leader-0']],
          ['pod-cpu-hog', ['redis-leader-1', 'redis-leader-2']],
          ['pod-network-latency', ['redis-leader-0', 'redis-leader-1', 'redis-leader-2']],
        ],
      );
      assert.ok(report.leaderElectionSeconds !== null && report.leaderElectionSeconds > 0 && report.leaderElectionSeconds <= 30);
      for (const experiment of report.experiments) {
        assert.equal(experiment.revertedBy, 'workflow');
        assert.ok(experiment.verifiedAt !== null && experiment.confirmedAt !== null && experiment.recoverySeconds !== null);
      }
      const write = report.experiments[2]?.probes.find(({ type }) => type === 'redis-write-latency');
      assert.ok(write?.p50 && write.p50 >= 500 && write.p50 < 1_000, `median write latency ${write?.p50} ms under 500 ms of delay`);
      assert.ok(report.history.events < 300, `${report.history.events} events`);
      assert.ok(report.history.bytes < 1024 * 1024, `${report.history.bytes} bytes`);
      assert.ok(report.warnings.some(({ code }) => code === 'alias-used'));
    });
  });
});
