import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { V1Pod } from '@kubernetes/client-node';
import { Redis } from 'ioredis';
import type { ProbeSpec } from '../../../src/contracts/campaign.ts';
import type { Cluster } from '../../../src/kubernetes/cluster.ts';
import { openProbe } from '../../../src/probes/open-probe.ts';
import type { OpenProbe } from '../../../src/probes/probe.ts';
import { connectRedis } from '../../../src/probes/redis/connection.ts';
import { discoverRedis } from '../../../src/probes/redis/topology.ts';
import { hasRedisServer, RedisServer } from '../../support/redis-server.ts';
import { skip } from '../../support/skip.ts';

// Real redis servers; of the cluster only the list of pods is made up, for there is none.
describe('a real redis', function () {
  this.timeout(30_000);
  let primary: RedisServer;
  let replica: RedisServer;

  before(async function () {
    if (!hasRedisServer()) skip(this, 'there is no redis-server on this machine');
    primary = await RedisServer.start();
    replica = await RedisServer.start(primary);
  });
  after(async () => {
    await replica?.[Symbol.asyncDispose]();
    await primary?.[Symbol.asyncDispose]();
  });

  const pods = () => [pod('redis-0', primary.port), pod('redis-1', replica.port)];
  const signal = () => AbortSignal.timeout(20_000);

  function pod(name: string, containerPort: number): V1Pod {
    return {
      metadata: { namespace: 'x', name, uid: `uid-${name}` },
      spec: { containers: [{ name: 'redis', image: 'redis:6.2', ports: [{ containerPort }] }] },
      status: { phase: 'Running', podIP: '127.0.0.1' },
    };
  }

  const cluster = new Proxy({} as Cluster, {
    get(_, method) {
      if (method === 'listPods') return async () => pods();
      throw new Error(`no ${String(method)} without a cluster`);
    },
  });

  function open(type: string, timeoutMs: number): Promise<OpenProbe> {
    const spec: ProbeSpec = { name: type, type, parameters: {}, when: 'during', weight: 0, intervalMs: 100, timeoutMs };
    const context = { cluster, namespace: 'x', selector: 'app=redis', reach: 'auto' as const, prometheusUrl: null, signal: signal() };
    return openProbe(spec, context, { election: null });
  }

  async function command(server: RedisServer, ...words: [string, ...string[]]): Promise<void> {
    const redis = new Redis(server.port, '127.0.0.1', { protocol: 2 });
    try {
      await redis.call(...words);
    } finally {
      redis.disconnect();
    }
  }

  it('is recognised with its roles', async () => {
    const topology = await discoverRedis(cluster, 'x', pods(), 'auto', signal());
    assert.deepEqual(
      topology?.instances.map(({ pod: name, role, primaryHost }) => [name, role, primaryHost]),
      [
        ['redis-0', 'primary', null],
        ['redis-1', 'replica', '127.0.0.1'],
      ],
    );
    assert.equal(topology?.sentinel, null);
  });

  it('is not looked for in pods that do not look like one', async () => {
    const other: V1Pod = { metadata: { name: 'web' }, spec: { containers: [{ name: 'web', image: 'oliver006/redis_exporter:v1' }] } };
    assert.equal(await discoverRedis(cluster, 'x', [other], 'auto', signal()), null);
  });

  it('is unreachable, with the reason, where nothing listens', async () => {
    const port = primary.port === 1 ? 2 : 1;
    const topology = await discoverRedis(cluster, 'x', [pod('redis-0', port)], 'auto', signal());
    assert.deepEqual(topology?.instances[0]?.role, 'unreachable');
    assert.match(topology?.instances[0]?.error ?? '', /ECONNREFUSED/);
  });

  it('fails to connect once, with the reason, and prints nothing', async () => {
    await assert.rejects(connectRedis('127.0.0.1', 1, 500), /ECONNREFUSED/);
  });

  it('is found anew when the primary it was written to has become a replica', async () => {
    await using probe = await open('redis-write-latency', 2_000);
    assert.ok((await probe.sample(signal())).ok);
    assert.deepEqual(probe.detail(), { primary: 'redis-0', connects: 1 });
    await command(replica, 'REPLICAOF', 'NO', 'ONE');
    await command(primary, 'REPLICAOF', '127.0.0.1', String(replica.port));
    const readOnly = await probe.sample(signal());
    assert.equal(readOnly.ok, false);
    assert.match(readOnly.error ?? '', /^READONLY/);
    assert.ok((await probe.sample(signal())).ok);
    assert.deepEqual(probe.detail(), { primary: 'redis-1', connects: 2 });
    await command(primary, 'REPLICAOF', 'NO', 'ONE');
    await command(replica, 'REPLICAOF', '127.0.0.1', String(primary.port));
  });

  it('that does not acknowledge a write in time is a failed sample, and is written to again once it answers', async () => {
    await using probe = await open('redis-write-latency', 400);
    assert.ok((await probe.sample(signal())).ok);
    primary.freeze();
    const since = Date.now();
    const { ok, error, value } = await probe.sample(signal());
    primary.resume();
    assert.deepEqual([ok, error, value], [false, 'no acknowledgement within 400 ms', undefined]);
    assert.ok(Date.now() - since < 2_000);
    const end = signal();
    while (!(await probe.sample(end)).ok) await delay(50, undefined, { signal: end });
  });

  it('gives up a sample when it is told to', async () => {
    await using probe = await open('redis-write-latency', 10_000);
    assert.ok((await probe.sample(signal())).ok);
    primary.freeze();
    const reason = new Error('enough');
    const controller = new AbortController();
    const sample = probe.sample(controller.signal);
    setImmediate(() => controller.abort(reason));
    await assert.rejects(sample, reason);
    primary.resume();
  });
});
