import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { parseDocument, stringify } from 'yaml';
import { ownCheckout } from '../../lab/paths.ts';
import { Progress } from '../../lab/progress.ts';
import { labInUse } from '../../lab/share.ts';
import { readLabState } from '../../lab/state.ts';
import { openWest } from '../../lab/west.ts';
import type { Plan } from '../../src/contracts/plan.ts';
import type { RunEvent } from '../../src/contracts/run-event.ts';
import type { SweepReport } from '../../src/contracts/sweep.ts';
import type { Cluster } from '../../src/kubernetes/cluster.ts';
import { connectCluster } from '../../src/kubernetes/connect-cluster.ts';
import { ApiClient, expectJson, expectProblem } from '../support/api-client.ts';
import { eventually } from '../support/eventually.ts';
import { median, roundTrips } from '../support/measure.ts';
import { awaitEvent, reportOf, startRun } from '../support/runs.ts';
import { SquallProcesses } from '../support/squall-processes.ts';
import { createTemporal } from '../support/temporal.ts';
import { TestNamespace } from '../support/test-namespace.ts';

const example = readFileSync(new URL('../../examples/multi-cluster/campaign.yaml', import.meta.url), 'utf8');
/** Cut off, a replica and its primary find out within seconds. */
const redis = [
  'redis-server',
  '--save',
  '',
  '--protected-mode',
  'no',
  '--repl-timeout',
  '4',
  '--repl-ping-replica-period',
  '1',
  '--repl-diskless-sync-delay',
  '0',
];
/** Of its experiments, in their order. */
const durations = ['4s', '3s', '3s', '4s'];

/** One of the two clusters, with a namespace of the same name in both. */
interface Side {
  cluster: Cluster & AsyncDisposable;
  space: TestNamespace;
}

// Two real Kubernetes clusters, each with a control plane of its own; real redis that replicates from one to the other.
describe('a campaign across two clusters', function () {
  this.timeout(300_000);
  const open = new AsyncDisposableStack();
  let west: Side & { process(name: string): Promise<number>; revive(name: string): Promise<unknown> };
  let east: Side;
  let temporal: TestWorkflowEnvironment;
  let squall: SquallProcesses;
  let environment: NodeJS.ProcessEnv;
  let folder: string;
  let image: string;
  let westKubeconfig: string;
  /** by cluster and pod: `east/redis-0` */
  const addresses = new Map<string, string>();

  before(async () => {
    const state = readLabState();
    assert.ok(state, 'the lab is not up: npm run lab -- up');
    image = state.images.redis;
    const { lab, config } = await labInUse(ownCheckout);
    folder = mkdtempSync(join(tmpdir(), 'squall-clusters-'));
    open.defer(() => rmSync(folder, { recursive: true }));
    const clustersFile = join(folder, 'clusters.yaml');
    const started = createTemporal();
    const second = open.use(await openWest(lab, config, new Progress()));
    temporal = await started;
    open.defer(() => temporal.teardown());
    westKubeconfig = second.kubeconfig;
    const space = open.use(await TestNamespace.create(state.kubeconfig, 'two-clusters'));
    east = { cluster: open.use(connectCluster({ name: 'east', kubeconfig: state.kubeconfig })), space };
    west = {
      cluster: open.use(connectCluster({ name: 'west', kubeconfig: second.kubeconfig })),
      space: await TestNamespace.named(second.kubeconfig, space.name),
      process: async (name) => (await second.lab.processes.find(name))?.pid ?? assert.fail(`${name} does not run`),
      revive: (name) => second.lab.processes.revive(name),
    };
    writeFileSync(
      clustersFile,
      stringify({ clusters: { east: { kubeconfig: state.kubeconfig }, west: { kubeconfig: second.kubeconfig } } }),
    );
    environment = { SQUALL_CLUSTERS_FILE: clustersFile };
    const [processes] = await Promise.all([SquallProcesses.start(state, temporal.address, environment), replicate()]);
    squall = open.use(processes);
  });
  after(() => open.disposeAsync());

  /** A primary and a replica in east, a replica of that primary in west, and a client in each. */
  async function replicate(): Promise<void> {
    const create = async (side: Side, name: string, ...more: string[]) => {
      const { status } = await side.space.createPod(name, [...redis, ...more], { image, labels: { group: 'redis' } });
      const ip = status?.podIP ?? '';
      addresses.set(`${side === east ? 'east' : 'west'}/${name}`, ip);
      return ip;
    };
    const client = ({ space }: Side) => space.createPod('client', ['sleep', '36000'], { image });
    const primary = await create(east, 'redis-0');
    await Promise.all([
      client(east),
      client(west),
      create(east, 'redis-1', '--replicaof', primary, '6379'),
      create(west, 'redis-0', '--replicaof', primary, '6379'),
    ]);
    await eventually(
      'links',
      () => ask(east, 'west/redis-0', 'INFO', 'replication'),
      (info) => info.includes('master_link_status:up'),
    );
  }

  /** redis-cli's answer, run in a cluster's client against a redis of either cluster; empty: there is none within 2 s. */
  async function ask(from: Side, to: string, ...command: string[]): Promise<string> {
    const argv = ['timeout', '2', 'redis-cli', '-h', addresses.get(to) ?? '', ...command];
    const { stdout } = await from.cluster.exec(clientOf(from), argv, { timeoutMs: 20_000 });
    return stdout.replaceAll('\r', '').trim();
  }

  function clientOf({ space }: Side) {
    return { namespace: space.name, pod: 'client', container: 'main' };
  }

  function document(): string {
    const campaign = parseDocument(example);
    campaign.setIn(['spec', 'target', 'namespace'], east.space.name);
    const left = [...durations];
    return String(campaign).replace(/duration: \S+/g, () => `duration: ${left.shift()}`);
  }

  const isOf = (experiment: string, type: RunEvent['type']) => (event: RunEvent) =>
    event.type === type && 'experiment' in event && event.experiment === experiment;

  it('is planned with the rights of each, and refused for a cluster that is not there, at its place', async () => {
    const api = new ApiClient(squall.apiUrl);
    const plan = await expectJson<Plan>(await api.post('/v1/plans', document()), 200);
    assert.deepEqual(plan.refusals, []);
    assert.deepEqual(
      plan.experiments.map(({ spec, cluster }) => [spec.name, cluster]),
      [
        ['slow-east', 'east'],
        ['busy-east', 'east'],
        ['slow-west', 'west'],
        ['west-is-away', 'west'],
      ],
    );
    assert.deepEqual(
      plan.others?.map(({ inventory, permissions }) => [inventory.cluster, inventory.pods.map(({ name }) => name), permissions.length > 0]),
      [['west', ['redis-0'], true]],
    );
    const nowhere = document().replace('cluster: west\n            fault', 'cluster: north\n            fault');
    const { errors } = await expectProblem(await api.post('/v1/runs', nowhere), 422, 'invalid-document');
    assert.deepEqual(
      errors?.map(({ path, found }) => [path, found]),
      [['spec.steps[1].parallel[1].experiment.cluster', 'the cluster "north"']],
    );
  });

  it('acts in both, is felt from the other, and survives that one of them is away with its API server', async () => {
    const id = await startRun(squall.apiUrl, document());
    const before = median(await roundTrips(west.cluster, clientOf(west), addresses.get('east/redis-0') ?? '', 5));

    await awaitEvent(squall.apiUrl, id, isOf('slow-east', 'fault.verified'));
    const slow = median(await roundTrips(west.cluster, clientOf(west), addresses.get('east/redis-0') ?? '', 3));
    assert.ok(slow >= 290, `a round trip from west to the slow primary in east took ${slow} ms, before ${before} ms`);

    await awaitEvent(squall.apiUrl, id, isOf('slow-west', 'fault.verified'));
    const slowWest = median(await roundTrips(east.cluster, clientOf(east), addresses.get('west/redis-0') ?? '', 3));
    assert.ok(slowWest >= 190, `a round trip from east to the slow replica in west took ${slowWest} ms`);

    // West goes away altogether: its pods are cut off, and nobody can ask its API server.
    await awaitEvent(squall.apiUrl, id, isOf('west-is-away', 'fault.verified'));
    process.kill(await west.process('kube-apiserver'), 'SIGKILL');
    assert.equal(await ask(east, 'west/redis-0', 'PING'), '');
    assert.equal(await ask(east, 'east/redis-0', 'SET', 'meanwhile', 'written'), 'OK');

    // Nobody can undo it: its carrier does, at its deadline, and replication catches up.
    await eventually(
      'the key in west',
      () => ask(east, 'west/redis-0', 'GET', 'meanwhile'),
      (value) => value === 'written',
    );
    const failing = await awaitEvent(squall.apiUrl, id, isOf('west-is-away', 'undo.failing'));
    assert.match(failing.type === 'undo.failing' ? failing.missing : '', /ECONNREFUSED|refused|connect/i);
    await west.revive('kube-apiserver');

    const report = await reportOf(squall.apiUrl, id);
    assert.equal(report.verdict, 'Passed', JSON.stringify(report, null, 1));
    assert.deepEqual(
      report.experiments.map(({ name, cluster, revertedBy }) => [name, cluster, revertedBy]),
      [
        ['slow-east', undefined, 'workflow'],
        ['busy-east', undefined, 'workflow'],
        ['slow-west', 'west', 'workflow'],
        ['west-is-away', 'west', 'carrier'],
      ],
    );
    const away = report.experiments.at(-1);
    assert.ok(away?.confirmedAt, 'proven gone, once it could be asked');
    assert.deepEqual(
      away.probes.map(({ name, place, samples }) => [name, place?.cluster, samples.length > 0]),
      [
        ['east-writes', 'east', true],
        ['west-catches-up', undefined, true],
      ],
    );
    assert.ok((away.probes[0]?.samples.length ?? 0) >= 5, 'east was written to while west was away');
    assert.deepEqual([...new Set(report.validation?.checks.map(({ name }) => name.split(':')[0]))], ['east', 'west']);
  });

  it('leaves nothing in either, by one sweep of both', async () => {
    const argv = ['--disable-warning=ExperimentalWarning', join(ownCheckout, 'src', 'cli.ts'), 'sweep', '--namespace', east.space.name];
    const env = { ...process.env, ...environment, TEMPORAL_ADDRESS: temporal.address };
    const { stdout } = await promisify(execFile)(process.execPath, [...argv, '--output', 'json'], { env });
    const { clusters }: { clusters: SweepReport[] } = JSON.parse(stdout);
    assert.deepEqual(
      clusters.map(({ cluster, findings }) => [cluster, findings.filter(({ state }) => state !== 'idle').length]),
      [
        ['east', 0],
        ['west', 0],
      ],
    );
    assert.ok(
      clusters.every(({ findings }) => findings.length > 0),
      'there are warm carriers in both: both were looked through',
    );
  });

  it('acts in both, where only workers of its own know the way to one of them', async () => {
    const state = readLabState() ?? assert.fail('the lab is not up');
    await squall[Symbol.asyncDispose]();
    const clustersFile = join(folder, 'central.yaml');
    writeFileSync(clustersFile, stringify({ clusters: { east: { kubeconfig: state.kubeconfig }, west: { workers: 'own' } } }));
    await using central = await SquallProcesses.start(state, temporal.address, { SQUALL_CLUSTERS_FILE: clustersFile });
    await central.startWorker({ SQUALL_WORKER_CLUSTER: 'west', SQUALL_CLUSTERS_FILE: '', KUBECONFIG: westKubeconfig });

    const campaign = parseDocument(document());
    // The step that acts in both, and whose hypothesis is about the other of each.
    campaign.setIn(['spec', 'steps'], [campaign.getIn(['spec', 'steps', 1])]);
    const id = await startRun(central.apiUrl, String(campaign));
    const report = await reportOf(central.apiUrl, id);
    assert.equal(report.verdict, 'Passed', JSON.stringify(report, null, 1));
    assert.deepEqual(
      report.experiments.map(({ name, cluster, revertedBy, confirmedAt }) => [name, cluster, revertedBy, confirmedAt !== null]),
      [
        ['busy-east', undefined, 'workflow', true],
        ['slow-west', 'west', 'workflow', true],
      ],
    );
    const looked = report.experiments[1]?.probes.map(({ name, place, samples }) => [name, place?.cluster, samples.length > 1]);
    assert.deepEqual(looked, [['east-writes', 'east', true]], 'what is done in west is felt in east, and seen from there');
    assert.ok(report.validation?.checks.some(({ name, ok }) => name.startsWith('west') && ok));
  });
});
