import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { V1Pod } from '@kubernetes/client-node';
import { deleteRedis, deployRedis, makePrimary } from '../../examples/redis/deploy.ts';
import { readLoadCounters } from '../../examples/redis/load-writer.ts';
import { type Example, readReplication, redisCli, redisPods } from '../../examples/redis/replication.ts';
import { type LabState, readLabState } from '../../lab/state.ts';
import type { Cluster } from '../../src/kubernetes/cluster.ts';
import { connectCluster } from '../../src/kubernetes/connect-cluster.ts';
import { isReady } from '../../src/kubernetes/is-ready.ts';
import { skip } from '../support/skip.ts';
import { TestNamespace } from '../support/test-namespace.ts';

describe('the example redis', function () {
  this.timeout(180_000);
  let lab: LabState;
  let cluster: Cluster & AsyncDisposable;
  let example: Example;
  let ownNamespace: TestNamespace;
  let namespace: string;

  before(async () => {
    const state = readLabState();
    assert.ok(state, 'the lab is not up: npm run lab -- up');
    lab = state;
    cluster = connectCluster({ name: 'lab', kubeconfig: lab.kubeconfig });
    ownNamespace = await TestNamespace.create(lab.kubeconfig, 'redis-example-test');
    namespace = ownNamespace.name;
    await deployRedis({ kubeconfig: lab.kubeconfig, namespace });
  });
  after(async () => {
    if (namespace !== undefined) await deleteRedis({ kubeconfig: lab.kubeconfig, namespace });
    await ownNamespace?.[Symbol.asyncDispose]();
    await cluster?.[Symbol.asyncDispose]();
  });
  beforeEach(() => {
    example = { cluster, namespace, signal: AbortSignal.timeout(90_000) };
  });

  const pods = (selector: string) => cluster.listPods(namespace, selector, example.signal);

  async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
    while (!(await condition())) {
      if (example.signal.aborted) assert.fail(`${what}: not in time; replication: ${JSON.stringify(await describeState())}`);
      await delay(300);
    }
  }

  async function describeState(): Promise<unknown> {
    return readReplication({ cluster, namespace, signal: AbortSignal.timeout(15_000) });
  }

  /** Returns the primary once everything is as after a deployment. */
  async function settled(): Promise<string> {
    let primary = '';
    await until('one primary, two replicas, Sentinels that agree, pods ready', async () => {
      const [replication, all] = await Promise.all([readReplication(example), pods('app in (redis, redis-sentinel)')]);
      primary = replication.primary ?? '';
      return replication.missing.length === 0 && all.length === 6 && all.every(isThere);
    });
    return primary;
  }

  /** Writes a value that both replicas have acknowledged, and returns it. */
  async function writeReplicated(primary: string): Promise<string> {
    const value = `${Date.now()}`;
    assert.equal(await redisCli(example, primary, 'SET', 'marker', value), 'OK');
    assert.equal(await redisCli(example, primary, 'WAIT', '2', '5000'), '2');
    return value;
  }

  async function deletePods(targets: V1Pod[], gracePeriodSeconds?: number): Promise<void> {
    await Promise.all(
      targets.map(({ metadata }) =>
        cluster.deletePod({ namespace, name: metadata?.name ?? '', uid: metadata?.uid ?? '' }, gracePeriodSeconds, example.signal),
      ),
    );
    const gone = new Set(targets.map(({ metadata }) => metadata?.uid));
    await until('the deleted pods are replaced', async () => {
      const now = await pods('app in (redis, redis-sentinel)');
      return now.length === 6 && now.every(({ metadata }) => !gone.has(metadata?.uid));
    });
  }

  it('is left alone by a second deployment', async () => {
    const before = await pods('app in (redis, redis-sentinel, redis-load)');
    await deployRedis({ kubeconfig: lab.kubeconfig, namespace });
    const after = await pods('app in (redis, redis-sentinel, redis-load)');
    assert.deepEqual(after.map(({ metadata }) => metadata?.uid).sort(), before.map(({ metadata }) => metadata?.uid).sort());
  });

  it('elects another primary when the primary pod is deleted, and takes the old one back as a replica', async () => {
    const primary = await settled();
    const value = await writeReplicated(primary);
    const { acknowledged: written } = await readLoadCounters(example);
    await deletePods((await pods('app=redis')).filter(({ metadata }) => metadata?.name === primary));
    const elected = await settled();
    assert.notEqual(elected, primary);
    assert.match(await redisCli(example, primary, 'INFO', 'replication'), new RegExp(`role:slave\nmaster_host:${elected}\\.`));
    for (const pod of redisPods) assert.equal(await redisCli(example, pod, 'GET', 'marker'), value, `${pod} has lost a replicated write`);
    await until('the client writes to the new primary', async () => (await readLoadCounters(example)).acknowledged > written + 40);
  });

  it('keeps its data when the primary process is killed', async function () {
    if (lab.cluster !== 'native') skip(this, "the nodes' processes are not this machine's");
    const primary = await settled();
    const value = await writeReplicated(primary);
    const pod = await cluster.readPod(namespace, primary, example.signal);
    const restarts = (candidate: V1Pod | undefined) =>
      candidate?.status?.containerStatuses?.find(({ name }) => name === 'redis')?.restartCount ?? -1;
    process.kill(redisProcess(pod?.metadata?.uid ?? ''), 'SIGKILL');
    await until('the container is restarted', async () => restarts(await cluster.readPod(namespace, primary)) > restarts(pod));
    await settled();
    for (const name of redisPods)
      assert.equal(await redisCli(example, name, 'GET', 'marker'), value, `${name} has lost a replicated write`);
  });

  it('keeps its data when the primary and a replica are deleted at once', async () => {
    const primary = await settled();
    const value = await writeReplicated(primary);
    const survivor = redisPods.find((pod) => pod !== primary);
    await deletePods(
      (await pods('app=redis')).filter(({ metadata }) => metadata?.name !== survivor),
      0,
    );
    assert.equal(await settled(), survivor);
    for (const pod of redisPods) assert.equal(await redisCli(example, pod, 'GET', 'marker'), value, `${pod} has lost a replicated write`);
  });

  it('comes back with one primary, empty, when all three are deleted at once', async () => {
    await writeReplicated(await settled());
    await deletePods(await pods('app=redis'));
    const primary = await settled();
    assert.equal(await redisCli(example, primary, 'GET', 'marker'), '');
    await writeReplicated(primary);
    await until('the client counts the acknowledged writes that are lost', async () => (await readLoadCounters(example)).lost > 0);
  });

  it('keeps its primary when all Sentinels are deleted at once; they agree again, and elect', async () => {
    const primary = await settled();
    const value = await writeReplicated(primary);
    await deletePods(await pods('app=redis-sentinel'));
    assert.equal(await settled(), primary);
    await makePrimary({ kubeconfig: lab.kubeconfig, namespace, pod: redisPods.find((pod) => pod !== primary) ?? '' });
    assert.notEqual(await settled(), primary);
    assert.equal(await redisCli(example, await settled(), 'GET', 'marker'), value);
  });

  it('is seen by Prometheus', async function () {
    const { prometheusUrl } = lab;
    if (prometheusUrl === null) skip(this, 'this lab has no Prometheus');
    const primary = await settled();
    const query = async (expression: string): Promise<{ metric: Record<string, string>; value: [number, string] }[]> => {
      const response = await fetch(`${prometheusUrl}/api/v1/query?query=${encodeURIComponent(expression)}`, { signal: example.signal });
      const { data } = (await response.json()) as { data: { result: { metric: Record<string, string>; value: [number, string] }[] } };
      return data.result;
    };
    const within = `{namespace="${namespace}"}`;
    await until('the role of each pod', async () => {
      const roles = await query(`redis_instance_info${within}`);
      return roles.length === 3 && roles.every(({ metric }) => (metric.role === 'master') === (metric.pod === primary));
    });
    await until('two links that are up', async () => {
      const links = await query(`redis_master_link_up${within} == 1`);
      return links.length === 2;
    });
    assert.equal((await query(`redis_connected_clients${within} >= 2`)).length, 3);
    assert.equal((await query(`redis_commands_processed_total${within} > 0`)).length, 3);
    await until('the rate of acknowledged writes', async () => {
      const [rate] = await query(`sum(rate(redis_load_writes_total{namespace="${namespace}",outcome="acknowledged"}[15s]))`);
      return Number(rate?.value[1] ?? 0) > 10;
    });
  });
});

function isThere(pod: V1Pod): boolean {
  return pod.metadata?.deletionTimestamp === undefined && isReady(pod);
}

/** The process of redis in a pod whose node is this machine. */
function redisProcess(podUid: string): number {
  const found = readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((entry) => {
      try {
        return (
          readFileSync(`/proc/${entry}/comm`, 'utf8').trim() === 'redis-server' &&
          readFileSync(`/proc/${entry}/cgroup`, 'utf8').includes(podUid)
        );
      } catch {
        // The process ended meanwhile.
        return false;
      }
    });
  assert.equal(found.length, 1, `processes of redis in pod ${podUid}: ${found}`);
  return Number(found[0]);
}
