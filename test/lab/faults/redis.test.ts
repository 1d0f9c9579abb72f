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
      const fault = { ...draft, mechanism, endsAt: Date.now() + 10_000, deadline: Date.now() + 12_000 };
      await verbs.inject(lab.context, fault);
      assert.ok((await verbs.verify(lab.context, fault)).ok);
      assert.equal((await memory(primary)).keys, 8);
      const end = Date.now() + 60_000;
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

  describe('redis-replica-lag', () => {
    /** ms from the primary's acknowledgement of a write until another pod reads it from the replica, and how fast that answers. */
    async function lag(primary: string, replica: string): Promise<{ applied: number; answered: number }> {
      const script = `value=$RANDOM$RANDOM; now() { echo \${EPOCHREALTIME/./}; }
redis-cli -h ${primary} SET lagging $value >/dev/null; start=$(now)
answer=$(redis-cli -h ${replica} GET lagging); answered=$(now)
while [ "$answer" != $value ] && [ $(($(now) - start)) -lt 20000000 ]; do sleep 0.05; answer=$(redis-cli -h ${replica} GET lagging); done
[ "$answer" = $value ] && echo $(($(now) - start)) $((answered - start))`;
      const client = { namespace: lab.space.name, pod: 'client', container: 'main' };
      const { stdout, stderr } = await lab.cluster.exec(client, ['bash', '-c', script], { timeoutMs: 40_000 });
      const [applied = Number.NaN, answered = Number.NaN] = stdout
        .trim()
        .split(' ')
        .map((us) => Number(us) / 1_000);
      assert.ok(applied > 0, `never applied: ${stdout}${stderr}`);
      return { applied, answered };
    }

    it('has a replica apply writes late, and answer as fast as ever', async () => {
      const primary = await redis.target(await redis.primary());
      const replica = await redis.target(await other());
      const offsets: string[] = [];
      await exerciseFault(lab.context, {
        fault: 'redis-replica-lag',
        parameters: { lag: '2s' },
        targets: [replica],
        ...place,
        measure: () => lag(primary.ip, replica.ip),
        inEffect: ({ applied, answered }) => applied >= 1_900 && answered < 1_000,
        gone: ({ applied }) => applied < 1_000,
        tell: (before, during, after) =>
          `a write was read from the replica ${before.applied.toFixed(0)} ms after it was acknowledged, ${during.applied.toFixed(0)} ms while it held (a read took ${during.answered.toFixed(0)} ms), ${after.applied.toFixed(0)} ms afterwards`,
        async whileItHolds() {
          await redis.ask(primary.pod, 'SET', 'lagging', 'x'.repeat(1_000));
          offsets.push(
            (await redis.info(primary.pod, 'master_repl_offset')) ?? '',
            (await redis.info(replica.pod, 'slave_repl_offset')) ?? '',
          );
        },
      });
      const [written = Number.NaN, applied = Number.NaN] = offsets.map(Number);
      assert.ok(written - applied >= 1_000, `the replica was at ${applied} of ${written}`);
      await redis.awaitHealthy();
    });

    it('is refused for a primary', async () => {
      await refused('redis-replica-lag', await redis.primary(), {}, /is no replica/);
    });
  });

  describe('redis-primary-isolation', () => {
    it('makes two primaries, and tells how many acknowledged writes were lost', async () => {
      const was = await redis.primary();
      const target = await redis.target(was);
      const writes = 20;
      let outcome: string | undefined;
      const client = { namespace: lab.space.name, pod: 'client', container: 'main' };
      await exerciseFault(lab.context, {
        fault: 'redis-primary-isolation',
        targets: [target],
        ...place,
        timeoutMs: 60_000,
        measure: async () => ({
          primaries: await redis.primaries(),
          kept: Number(
            (await redis.ask((await redis.primaries()).find((pod) => pod !== was) ?? was, 'HLEN', 'outside')).replace(/\D/g, ''),
          ),
        }),
        inEffect: ({ primaries }) => primaries.length === 2 && primaries.includes(was),
        gone: ({ primaries }) => primaries.length === 1 && primaries[0] !== was,
        tell: (before, during, after) =>
          `primaries: ${before.primaries.length} before, ${during.primaries.length} while it held, ${after.primaries.length} afterwards; of ${writes} writes another pod had acknowledged by the isolated one, ${writes - after.kept} were lost`,
        async whileItHolds(fault) {
          const script = `for i in $(seq ${writes}); do redis-cli -h ${target.ip} HSET outside $i $i; done | grep -c 1`;
          const { stdout } = await lab.cluster.exec(client, ['bash', '-c', script], { timeoutMs: 20_000 });
          assert.equal(Number(stdout.trim()), writes, 'the isolated primary did not acknowledge every write');
          const { verbs } = drafted(lab.context, { fault: 'redis-primary-isolation', targets: [target], ...place });
          const { perTarget } = await verbs.verify(lab.context, fault);
          assert.match(perTarget[0]?.detail ?? '', /; 300 of squall's own writes were acknowledged by it/);
          outcome = (await verbs.revert(lab.context, fault)).outcome;
        },
      });
      const now = await redis.primary();
      const lost = outcome?.match(new RegExp(`^${now} was elected; (\\d+) of (\\d+) acknowledged writes to ${was} were lost$`));
      assert.ok(lost, outcome);
      assert.ok(Number(lost[1]) > 0 && Number(lost[1]) <= Number(lost[2]), outcome);
      assert.equal(await redis.ask(now, 'EXISTS', 'outside'), '0');
      await redis.awaitHealthy();
    });

    it('is refused for a replica', async () => {
      await refused('redis-primary-isolation', await other(), {}, /is not the primary/);
    });
  });
});
