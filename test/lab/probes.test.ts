import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { deleteRedis, deployRedis } from '../../examples/redis/deploy.ts';
import { type LabState, readLabState } from '../../lab/state.ts';
import type { ProbeSpec } from '../../src/contracts/campaign.ts';
import type { RedisInstance, RedisTopology } from '../../src/contracts/plan.ts';
import type { Cluster } from '../../src/kubernetes/cluster.ts';
import { connectCluster } from '../../src/kubernetes/connect-cluster.ts';
import { openProbe } from '../../src/probes/open-probe.ts';
import type { OpenProbe, ProbeContext, ProbeExtra } from '../../src/probes/probe.ts';
import type { ReachMode } from '../../src/probes/reach.ts';
import { discoverRedis } from '../../src/probes/redis/topology.ts';
import { skip } from '../support/skip.ts';
import { TestNamespace } from '../support/test-namespace.ts';

const selector = 'app=redis';
const ways = ['direct', 'port-forward'] as const;

describe('probes of a real redis', function () {
  this.timeout(240_000);
  let lab: LabState;
  let cluster: Cluster & AsyncDisposable;
  let space: TestNamespace;

  before(async () => {
    const state = readLabState();
    assert.ok(state, 'the lab is not up: npm run lab -- up');
    lab = state;
    cluster = connectCluster({ name: 'lab', kubeconfig: lab.kubeconfig });
    space = await TestNamespace.create(lab.kubeconfig, 'probes-test');
    await deployRedis({ kubeconfig: lab.kubeconfig, namespace: space.name });
  });
  after(async () => {
    if (space !== undefined) await deleteRedis({ kubeconfig: lab.kubeconfig, namespace: space.name });
    await space?.[Symbol.asyncDispose]();
    await cluster?.[Symbol.asyncDispose]();
  });

  function open(type: string, reach: ReachMode, more: Partial<ProbeSpec> = {}, extra: ProbeExtra = { election: null }): Promise<OpenProbe> {
    const spec: ProbeSpec = {
      name: type,
      type,
      parameters: {},
      when: 'continuous',
      weight: 10,
      intervalMs: 250,
      timeoutMs: 3_000,
      ...more,
    };
    const context: ProbeContext = {
      cluster,
      namespace: space.name,
      selector,
      reach,
      prometheusUrl: lab.prometheusUrl,
      signal: AbortSignal.timeout(120_000),
    };
    return openProbe(spec, context, extra);
  }

  async function discover(reach: ReachMode): Promise<RedisTopology> {
    const topology = await discoverRedis(
      cluster,
      space.name,
      await cluster.listPods(space.name, selector),
      reach,
      AbortSignal.timeout(20_000),
    );
    assert.ok(topology);
    return topology;
  }

  /** Samples until one is ok, and answers the errors of those before. */
  async function untilOk(probe: OpenProbe, timeoutMs = 120_000): Promise<string[]> {
    const errors: string[] = [];
    const signal = AbortSignal.timeout(timeoutMs);
    for (;;) {
      const sample = await probe.sample(signal);
      if (sample.ok) return errors;
      errors.push(sample.error ?? '');
      await delay(250, undefined, { signal }).catch(() => assert.fail(`never ok; last: ${errors.at(-1)}`));
    }
  }

  async function settle(): Promise<RedisInstance> {
    for (const type of ['pods-ready', 'redis-replication']) {
      await using probe = await open(type, 'direct');
      await untilOk(probe);
    }
    const primary = (await discover('direct')).instances.find(({ role }) => role === 'primary');
    assert.ok(primary);
    return primary;
  }

  for (const reach of ways) {
    it(`recognises primary, replicas and Sentinels, ${reach}`, async () => {
      await settle();
      const { instances, port, sentinel } = await discover(reach);
      assert.equal(port, 6379);
      assert.deepEqual(instances.map(({ pod }) => pod).sort(), ['redis-leader-0', 'redis-leader-1', 'redis-leader-2']);
      assert.deepEqual(instances.map(({ role }) => role).sort(), ['primary', 'replica', 'replica']);
      assert.ok(instances.every(({ runId }) => /^[0-9a-f]{40}$/.test(runId ?? '')));
      assert.ok(instances.filter(({ role }) => role === 'replica').every(({ linkUp }) => linkUp));
      assert.deepEqual([sentinel?.master, sentinel?.quorum, sentinel?.downAfterMs], ['redis', 2, 5000]);
      assert.deepEqual(sentinel?.endpoints.map(({ pod }) => pod).sort(), ['redis-sentinel-0', 'redis-sentinel-1', 'redis-sentinel-2']);
    });

    it(`times a write, ${reach}`, async () => {
      await using probe = await open('redis-write-latency', reach, { tolerance: { comparator: '<=', value: 1_000, successPercent: 100 } });
      for (let i = 0; i < 3; i++) {
        const sample = await probe.sample(AbortSignal.timeout(20_000));
        assert.ok(sample.ok, sample.error);
        assert.ok(sample.value !== undefined && sample.value > 0);
      }
      assert.equal(probe.reach, reach);
      assert.deepEqual(probe.detail(), { primary: (await settle()).pod, connects: 1 });
    });
  }

  it('takes the direct way where there is one, and the API server where there is none', async () => {
    await using reached = await open('redis-write-latency', 'auto');
    assert.ok((await reached.sample(AbortSignal.timeout(20_000))).ok);
    // Pods of a cluster elsewhere, such as kind's, have no address here.
    assert.equal(reached.reach, lab.cluster === 'native' ? 'direct' : reached.reach);
    // Addresses set aside for documentation lead nowhere, or to a proxy that accepts whatever it sees: as a pod's do from outside its cluster.
    const elsewhere: Cluster = {
      ...cluster,
      listPods: async (...args) =>
        (await cluster.listPods(...args)).map((pod) => ({
          ...pod,
          status: { ...pod.status, podIP: `198.51.100.${pod.status?.podIP?.split('.')[3]}` },
        })),
    };
    const spec: ProbeSpec = {
      name: 'auto',
      type: 'redis-write-latency',
      parameters: {},
      when: 'during',
      weight: 0,
      intervalMs: 1_000,
      timeoutMs: 6_000,
    };
    const context: ProbeContext = {
      cluster: elsewhere,
      namespace: space.name,
      selector,
      reach: 'auto',
      prometheusUrl: null,
      signal: AbortSignal.timeout(30_000),
    };
    await using forwarded = await openProbe(spec, context, { election: null });
    const sample = await forwarded.sample(AbortSignal.timeout(20_000));
    assert.ok(sample.ok, sample.error);
    assert.equal(forwarded.reach, 'port-forward');
  });

  it('says what is not as it should be of the replication', async () => {
    const primary = await settle();
    const replica = (await discover('direct')).instances.find(({ role }) => role === 'replica')?.pod ?? '';
    await using probe = await open('redis-replication', 'direct');
    const address = { namespace: space.name, pod: replica, container: 'redis' };
    const { exitCode } = await cluster.exec(address, ['redis-cli', 'REPLICAOF', 'NO', 'ONE'], { timeoutMs: 10_000 });
    assert.equal(exitCode, 0);
    const sample = await probe.sample(AbortSignal.timeout(10_000));
    const pair = [primary.pod, replica].sort().join(', ');
    assert.deepEqual([sample.ok, sample.error], [false, `2 of 3 pods are primaries (${pair})`]);
    // Sentinel makes it a replica again.
    await untilOk(probe);
  });

  it('says which pods are missing', async () => {
    await settle();
    await using probe = await open('pods-ready', 'direct');
    assert.ok((await probe.sample(AbortSignal.timeout(10_000))).ok);
    const { instances } = await discover('direct');
    const replica = instances.find(({ role }) => role === 'replica')?.pod ?? '';
    const pod = await cluster.readPod(space.name, replica);
    await cluster.deletePod({ namespace: space.name, name: replica, uid: pod?.metadata?.uid ?? '' }, undefined);
    const sample = await probe.sample(AbortSignal.timeout(10_000));
    assert.equal(sample.ok, false);
    assert.match(sample.error ?? '', new RegExp(`2 pods, expected 3|(terminating|not Ready): ${replica}`));
    await untilOk(probe);
  });

  for (const reach of ways) {
    it(`measures an election from the fault to the first acknowledged write, ${reach}`, async () => {
      const old = await settle();
      const pod = await cluster.readPod(space.name, old.pod);
      const since = Date.now();
      const election = { since, primaryRunId: old.runId ?? '', primaryPod: old.pod };
      await using probe = await open(
        'redis-leader-election',
        reach,
        { tolerance: { comparator: '<=', value: 60, successPercent: 100 } },
        { election },
      );
      await using writes = await open('redis-write-latency', reach);
      await cluster.deletePod({ namespace: space.name, name: old.pod, uid: pod?.metadata?.uid ?? '' }, 0);
      const [sample, failures] = await Promise.all([probe.sample(AbortSignal.timeout(90_000)), firstFailureThenOk(writes)]);
      const { value } = sample;
      const stages = probe.detail();
      assert.ok(sample.ok && value !== undefined, JSON.stringify({ sample, stages }));
      // Sentinel holds a primary for down after 5 s at the earliest.
      assert.ok(value >= 5 && value < 60, `${value} s`);
      assert.equal(stages.electedSeconds, value);
      assert.equal(stages.oldPrimary, old.pod);
      assert.notEqual(stages.newPrimary, old.pod);
      const { sentinelSwitchedSeconds, firstWriteSeconds, agreedSeconds } = stages;
      for (const stage of [sentinelSwitchedSeconds, firstWriteSeconds, agreedSeconds])
        assert.ok(typeof stage === 'number' && stage > 0 && stage <= value);
      assert.ok(Number(firstWriteSeconds) >= Number(sentinelSwitchedSeconds));
      assert.equal(probe.reach, reach);
      assert.ok(failures.length > 0, 'writes failed while there was no primary');
      assert.equal((await settle()).pod, stages.newPrimary);
    });
  }

  /** Errors until writes are acknowledged again. */
  async function firstFailureThenOk(probe: OpenProbe): Promise<string[]> {
    const signal = AbortSignal.timeout(90_000);
    while ((await probe.sample(signal)).ok) await delay(50, undefined, { signal });
    return ['failed', ...(await untilOk(probe))];
  }

  it('asks Prometheus for one number, and says when it has none', async function () {
    if (lab.prometheusUrl === null) skip(this, 'this lab has no Prometheus');
    const ask = async (query: string) => {
      await using probe = await open('prometheus', 'auto', { parameters: { query } });
      return probe.sample(AbortSignal.timeout(10_000));
    };
    assert.equal((await ask('vector(42)')).value, 42);
    assert.equal((await ask('1 + 1')).value, 2);
    assert.equal((await ask('no_such_metric')).error, 'no data: no_such_metric');
    assert.match((await ask('sum(')).error ?? '', /^Prometheus: bad_data: /);
    assert.match((await ask('up[1m]')).error ?? '', /yields a matrix/);
  });
});
