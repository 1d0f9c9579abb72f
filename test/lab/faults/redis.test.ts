import assert from 'node:assert/strict';
import { RefusedError } from '../../../src/faults/verbs.ts';
import { drafted, exerciseFault } from '../../support/exercise-fault.ts';
import { LabCluster } from '../../support/lab-cluster.ts';
import { LabRedis, redisPods } from '../../support/redis-group.ts';

describe('faults of redis on the lab', function () {
  this.timeout(240_000);
  let lab: LabCluster;
  let redis: LabRedis;
  let place: { namespace: string; selector: string };

  before(async () => {
    lab = await LabCluster.open('redis');
    redis = await LabRedis.create(lab, ['--maxmemory', '64mb', '--enable-debug-command', 'local']);
    place = { namespace: lab.space.name, selector: redis.selector };
  });
  after(async () => {
    await lab?.[Symbol.asyncDispose]();
  });

  async function other(): Promise<string> {
    const primary = await redis.primary();
    return redisPods.find((pod) => pod !== primary) ?? '';
  }

  async function refused(fault: string, pod: string, parameters: Record<string, unknown>, reason: RegExp): Promise<void> {
    const { verbs, draft } = drafted(lab.context, { fault, parameters, targets: [await redis.target(pod)], ...place });
    await assert.rejects(verbs.prepare(lab.context, draft), (error) => error instanceof RefusedError && reason.test(error.message));
  }

  describe('redis-failover', () => {
    it('makes another the primary, which all follow', async () => {
      const was = await redis.primary();
      const { fault } = await exerciseFault(lab.context, {
        fault: 'redis-failover',
        targets: [await redis.target(was)],
        ...place,
        measure: () => redis.primaries(),
        inEffect: (during) => during.length === 1 && during[0] !== was,
        gone: (after) => after.length === 1 && after[0] !== was,
        tell: (before, during) => `primary before: ${before.join()}, after Sentinel moved it: ${during.join()}`,
      });
      await redis.awaitHealthy();
      const { outcome } = await drafted(lab.context, { fault: 'redis-failover', targets: fault.targets, ...place }).verbs.revert(
        lab.context,
        fault,
      );
      assert.equal(outcome, `${await redis.primary()} is the primary now, ${was} was`);
    });

    it('is refused for a replica', async () => {
      await refused('redis-failover', await other(), {}, /is not the primary/);
    });
  });

  describe('redis-client-kill', () => {
    /** How often a client in another pod had to connect anew; it asks ten times a second. */
    async function reconnects(): Promise<number> {
      const client = { namespace: lab.space.name, pod: 'client', container: 'main' };
      const { stdout } = await lab.cluster.exec(client, ['cat', '/tmp/reconnects'], { timeoutMs: 10_000 });
      return Number(stdout.trim());
    }

    it('closes the connections of clients, who come back', async () => {
      const primary = await redis.target(await redis.primary());
      const script = `echo -1 > /tmp/reconnects; (while :; do
  exec 3<>/dev/tcp/${primary.ip}/6379; echo $(($(cat /tmp/reconnects) + 1)) > /tmp/reconnects
  while printf 'PING\\r\\n' >&3 && read -r -t 2 _ <&3; do sleep 0.1; done
done) >/dev/null 2>&1 & echo started`;
      await lab.cluster.execFirstLine({ namespace: lab.space.name, pod: 'client', container: 'main' }, ['bash', '-c', script], {
        timeoutMs: 10_000,
      });
      await exerciseFault(lab.context, {
        fault: 'redis-client-kill',
        parameters: { type: 'normal' },
        targets: [primary],
        ...place,
        measure: async () => ({ reconnects: await reconnects(), answer: await redis.ask(primary.pod, 'PING') }),
        inEffect: (during, before) => before.reconnects === 0 && during.reconnects > 0,
        gone: ({ answer }) => answer === 'PONG',
        tell: (before, during) =>
          `connections another pod's client had to make anew: ${before.reconnects} before, ${during.reconnects} after`,
      });
    });

    it('cuts the links of replicas, which follow again', async () => {
      const primary = await redis.primary();
      await exerciseFault(lab.context, {
        fault: 'redis-client-kill',
        parameters: { type: 'replica' },
        targets: [await redis.target(primary)],
        ...place,
        measure: async () => Number(await redis.info(primary, 'sync_partial_ok')) + Number(await redis.info(primary, 'sync_full')),
        inEffect: (during, before) => during >= before + 2,
        gone: () => true,
      });
      await redis.awaitHealthy();
    });
  });

  describe('redis-pause', () => {
    /** ms until a command was answered in another pod; null: not within 3 s. */
    async function timed(pod: string, ...command: string[]): Promise<number | null> {
      const began = performance.now();
      const answer = await redis.ask(pod, ...command);
      return answer === 'OK' || answer === 'PONG' ? performance.now() - began : null;
    }
    const shown = (ms: number | null) => (ms === null ? 'no answer in 3 s' : `${Math.round(ms)} ms`);

    it('holds back writes, and nothing else', async () => {
      const primary = await redis.primary();
      await exerciseFault(lab.context, {
        fault: 'redis-pause',
        parameters: { commands: 'write' },
        targets: [await redis.target(primary)],
        ...place,
        measure: async () => ({ set: await timed(primary, 'SET', 'paused', '1'), ping: await timed(primary, 'PING') }),
        inEffect: ({ set, ping }) => set === null && ping !== null,
        gone: ({ set }) => set !== null,
        tell: (before, during, after) =>
          `SET from another pod: ${shown(before.set)} before, ${shown(during.set)} while it held (PING: ${shown(during.ping)}), ${shown(after.set)} afterwards`,
      });
      // The Sentinels have elected another meanwhile: what they publish was held back, and their PINGs behind it.
      await redis.awaitHealthy();
    });

    for (const parameters of [{ commands: 'all' }, { mode: 'debug-sleep', commands: 'all' }]) {
      it(`answers nothing with ${JSON.stringify(parameters)}, until redis ends it itself`, async () => {
        const replica = await other();
        // On a loopback connection, as redis wants it for DEBUG.
        const context = { ...lab.context, reach: 'port-forward' as const };
        const { fault } = await exerciseFault(context, {
          fault: 'redis-pause',
          parameters,
          targets: [await redis.target(replica)],
          ...place,
          durationMs: 9_000,
          measure: () => timed(replica, 'PING'),
          inEffect: (during) => during === null,
          gone: (after) => after !== null,
        });
        assert.ok(Date.now() >= fault.endsAt, 'it answered before its planned end');
        await redis.awaitHealthy();
      });
    }

    it('is refused where a replica has no writes to hold back', async () => {
      await refused('redis-pause', await other(), { commands: 'write' }, /a replica takes no writes/);
    });
  });

  describe('redis-memory-pressure', () => {
    async function memory(pod: string): Promise<{ percent: number; keys: number }> {
      const used = Number(await redis.info(pod, 'used_memory'));
      return { percent: (used / 2 ** 26) * 100, keys: Number((await redis.ask(pod, 'DBSIZE')).replace(/\D/g, '')) };
    }

    it('fills the primary and its replicas, with keys that would go by themselves', async () => {
      const primary = await redis.primary();
      const replica = await other();
      await redis.ask(primary, 'FLUSHALL');
      await exerciseFault(lab.context, {
        fault: 'redis-memory-pressure',
        parameters: { percent: '80%' },
        targets: [await redis.target(primary)],
        ...place,
        measure: async () => ({ primary: await memory(primary), replica: await memory(replica) }),
        inEffect: (during) => Math.abs(during.primary.percent - 80) < 2 && during.replica.keys === during.primary.keys,
        gone: (after, before) => after.primary.percent < before.primary.percent + 5 && after.primary.keys + after.replica.keys === 0,
        tell: (before, during, after) =>
          `used memory, of maxmemory: ${before.primary.percent.toFixed(1)} % before, ${during.primary.percent.toFixed(1)} % while it held (on a replica ${during.replica.percent.toFixed(1)} %), ${after.primary.percent.toFixed(1)} % afterwards`,
        async whileItHolds({ deadline }) {
          const key = await redis.ask(primary, 'RANDOMKEY');
          assert.equal(await redis.ask(primary, 'PEXPIRETIME', key), String(deadline));
        },
      });
    });

    it('at 100 % has writes refused', async () => {
      const primary = await redis.primary();
      await exerciseFault(lab.context, {
        fault: 'redis-memory-pressure',
        parameters: { percent: '100%' },
        targets: [await redis.target(primary)],
        ...place,
        measure: async () => redis.ask(primary, 'SETRANGE', 'big', '4000000', 'x'),
        inEffect: (during) => during.startsWith('OOM'),
        gone: (after) => after === '4000001',
      });
      await redis.ask(primary, 'DEL', 'big');
    });

    it('goes by itself at its deadline when nobody undoes it', async () => {
      const primary = await redis.primary();
      const { verbs, draft } = drafted(lab.context, {
        fault: 'redis-memory-pressure',
        parameters: { bytes: '8Mi' },
        targets: [await redis.target(primary)],
        ...place,
      });
      const { mechanism } = await verbs.prepare(lab.context, draft);
      const fault = { ...draft, mechanism, endsAt: Date.now() + 1_000, deadline: Date.now() + 3_000 };
      await verbs.inject(lab.context, fault);
      assert.ok((await verbs.verify(lab.context, fault)).ok);
      assert.equal((await memory(primary)).keys, 8);
      const end = Date.now() + 20_000;
      while ((await memory(primary)).keys > 0) assert.ok(Date.now() < end, 'its keys are still there');
      assert.ok(Date.now() >= fault.deadline, 'its keys went before the deadline');
      assert.equal((await verbs.verify(lab.context, fault)).ok, false);
      await assert.rejects(verbs.inject(lab.context, fault), /past its deadline/);
    });

    it('is refused on a replica, and where redis would evict keys', async () => {
      await refused('redis-memory-pressure', await other(), { percent: '80%' }, /it is a replica/);
      const primary = await redis.primary();
      await refused('redis-memory-pressure', primary, { bytes: '100Mi' }, /expected at most its maxmemory, 64\.0 MiB/);
      await redis.ask(primary, 'CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
      await refused('redis-memory-pressure', primary, { percent: '80%' }, /allkeys-lru: it could evict your keys/);
      await redis.ask(primary, 'CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
    });
  });
});
