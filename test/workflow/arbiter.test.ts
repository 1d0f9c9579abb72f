import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { foretellToArbiters } from '../../src/activities/foretell-to-arbiters.ts';
import type { ArbiterState, Halt } from '../../src/contracts/arbiter.ts';
import { foretellRequests, haltCluster, liftCluster, requestFromArbiter } from '../../src/temporal/arbiter-client.ts';
import { ApiServer } from '../support/api-server.ts';
import { ArbiterHarness } from '../support/arbiter-harness.ts';
import { eventually } from '../support/eventually.ts';
import { runProgram } from '../support/run-program.ts';
import { request } from '../unit/arbiter/requests.ts';

/** Why a run that should not have begun ended, as the Web UI shows it. */
async function refusalOf(handle: WorkflowHandle): Promise<string> {
  try {
    await handle.result();
  } catch (error) {
    assert.ok(error instanceof WorkflowFailedError);
    assert.ok(error.cause instanceof ApplicationFailure, String(error.cause));
    assert.equal(error.cause.type, 'Refused');
    return error.cause.message;
  }
  throw new Error('the run passed');
}

describe('the arbiter of a cluster', function () {
  this.timeout(120_000);
  let harness: ArbiterHarness;
  before(async () => {
    harness = await ArbiterHarness.create();
  });
  after(() => harness[Symbol.asyncDispose]());

  it('refuses a run whose target another holds, and grants it when that is over', () =>
    harness.withCluster(async (cluster) => {
      const first = await cluster.start('first', 'cart-0');
      await cluster.awaitHolders('first');
      const refused = await refusalOf(await cluster.start('second', 'cart-0'));
      assert.match(refused, new RegExp(`run ${cluster.runId('first')} holds pod shop/cart-0 since 20`));
      const other = await cluster.start('other', 'pay-0');
      await cluster.awaitHolders('first', 'other');
      cluster.finish('first');
      cluster.finish('other');
      await Promise.all([first.result(), other.result()]);
      await cluster.awaitHolders();
      const third = await cluster.start('third', 'cart-0');
      await cluster.awaitHolders('third');
      cluster.finish('third');
      await third.result();
    }));

  it('lets runs wait in the order they came, and gives up on one after its time', () =>
    harness.withCluster(async (cluster) => {
      const first = await cluster.start('first', 'cart-0');
      await cluster.awaitHolders('first');
      const second = await cluster.start('second', 'cart-0', { overlap: 'queue' });
      await cluster.awaitWaiters('second');
      const third = await cluster.start('third', 'cart-0', { overlap: 'queue' });
      await cluster.awaitWaiters('second', 'third');
      const hasty = await cluster.start('hasty', 'cart-0', { overlap: 'queue', queueTimeoutMs: 500 });
      assert.match(await refusalOf(hasty), /waited from .* until .* for .*first, .*second, .*third/);
      cluster.finish('first');
      await first.result();
      await cluster.awaitHolders('second');
      assert.deepEqual(await cluster.waiters(), ['third']);
      cluster.finish('second');
      await second.result();
      await cluster.awaitHolders('third');
      cluster.finish('third');
      await third.result();
      await cluster.awaitHolders();
    }));

  it('drops a run from the queue that was cancelled there', () =>
    harness.withCluster(async (cluster) => {
      const first = await cluster.start('first', 'cart-0');
      await cluster.awaitHolders('first');
      const second = await cluster.start('second', 'cart-0', { overlap: 'queue' });
      await cluster.awaitWaiters('second');
      await second.cancel();
      await assert.rejects(second.result());
      await cluster.awaitWaiters();
      cluster.finish('first');
      await first.result();
      await cluster.awaitHolders();
    }));

  it('keeps the budgets of the service across runs', () =>
    harness.withCluster(async (cluster) => {
      cluster.policy = { ...cluster.policy, limits: { runs: 1 } };
      const first = await cluster.start('first', 'cart-0');
      await cluster.awaitHolders('first');
      assert.match(await refusalOf(await cluster.start('second', 'pay-0')), /1 runs go on in the cluster, and its budget is 1 at once/);
      cluster.finish('first');
      await first.result();
    }));

  it('answers fifty runs at once, and grants to one of those that want the same', () =>
    harness.withCluster(async (cluster) => {
      const { signal } = new AbortController();
      const asked = Array.from({ length: 50 }, (_, index) => request(`run-${index}`, `w-${index % 25}`));
      const decisions = await Promise.all(asked.map((one) => requestFromArbiter(cluster.place, one, signal)));
      assert.equal(decisions.filter(({ outcome }) => outcome === 'granted').length, 25);
      assert.equal(decisions.filter(({ outcome }) => outcome === 'refused').length, 25);
    }));

  it('has found out who holds by the time of a request that it was told of', () =>
    harness.withCluster(async (cluster) => {
      await cluster.startArbiter({ state: { holds: [], queue: [], halt: null, freed: [] } });
      const surveys = async () => {
        const { events } = await cluster.arbiter.fetchHistory();
        return events?.filter((event) => event.activityTaskCompletedEventAttributes).length;
      };
      await foretellToArbiters([cluster.place]);
      await eventually('the number of surveys', surveys, (count) => count === 1);
      // Lately told, it is not told again by the same worker; by another it is.
      await foretellToArbiters([cluster.place]);
      await foretellRequests(cluster.place);
      const { signal } = new AbortController();
      assert.equal((await requestFromArbiter(cluster.place, request('told', 'w'), signal)).outcome, 'granted');
      const { events } = await cluster.arbiter.fetchHistory();
      const told = events?.filter((event) => event.workflowExecutionSignaledEventAttributes);
      assert.equal(told?.length, 2);
      const asked = events?.findIndex((event) => event.workflowExecutionUpdateAcceptedEventAttributes) ?? -1;
      const answered = events?.findIndex((event) => event.workflowExecutionUpdateCompletedEventAttributes) ?? -1;
      assert.ok(asked > 0 && answered > asked, `${asked}, ${answered}`);
      const scheduled = events?.slice(0, answered).filter((event) => event.activityTaskScheduledEventAttributes);
      assert.equal(scheduled?.length, 1, 'told twice within half a minute, and asked, it found out once');
    }));

  it('continues as new with all it knows', () =>
    harness.withCluster(async (cluster) => {
      await cluster.startArbiter({ historyLimit: 60 });
      const firstRun = (await cluster.arbiter.describe()).runId;
      const first = await cluster.start('first', 'cart-0');
      await cluster.awaitHolders('first');
      const second = await cluster.start('second', 'cart-0', { overlap: 'queue' });
      await cluster.awaitWaiters('second');
      const { signal } = new AbortController();
      let asked = 0;
      await eventually(
        'the execution',
        async () => {
          asked += 1;
          const decision = await requestFromArbiter(cluster.place, request(`extra-${asked}`, 'x', { scope: scopeOf('cart-0') }), signal);
          assert.equal(decision.outcome, 'refused');
          return (await cluster.arbiter.describe()).runId;
        },
        (runId) => runId !== firstRun,
      );
      assert.deepEqual(await cluster.holders(), ['first']);
      assert.deepEqual(await cluster.waiters(), ['second']);
      cluster.finish('first');
      await first.result();
      await cluster.awaitHolders('second');
      cluster.finish('second');
      await second.result();
    }));
});

describe('an arbiter that was lost', function () {
  this.timeout(120_000);
  let harness: ArbiterHarness;
  before(async () => {
    harness = await ArbiterHarness.create();
  });
  after(() => harness[Symbol.asyncDispose]());

  it('is replaced by one that knows who holds and who waits before it grants anything', () =>
    harness.withCluster(async (cluster) => {
      const first = await cluster.start('first', 'cart-0');
      await cluster.awaitHolders('first');
      const second = await cluster.start('second', 'cart-0', { overlap: 'queue' });
      await cluster.awaitWaiters('second');
      await cluster.arbiter.terminate('a test');
      const refused = await refusalOf(await cluster.start('third', 'cart-0'));
      assert.match(refused, /first holds pod shop\/cart-0 since .*second waits for pod shop\/cart-0 since/);
      assert.deepEqual(await cluster.holders(), ['first']);
      assert.deepEqual(await cluster.waiters(), ['second']);
      cluster.finish('first');
      await first.result();
      await cluster.awaitHolders('second');
      cluster.finish('second');
      await second.result();
    }));

  it('is named where its workflow task fails, with what helps', () =>
    harness.withCluster(async (cluster) => {
      await cluster.startArbiter({ state: {} as ArbiterState });
      const { signal } = new AbortController();
      const ask = () => requestFromArbiter(cluster.place, request('first', 'w'), signal);
      await assert.rejects(ask, (error: Error) => {
        const task = `the workflow task of squall-arbiter-${cluster.name} fails`;
        assert.ok(error.message.startsWith(`the arbiter of cluster ${cluster.name} cannot go on: ${task}`), error.message);
        return true;
      });
      await cluster.arbiter.terminate('as the message says');
      assert.equal((await ask()).outcome, 'granted');
    }));

  it('gives one target to one of many that ask while there is none', () =>
    harness.withCluster(async (cluster) => {
      const names = Array.from({ length: 8 }, (_, index) => `run-${index}`);
      const handles = await Promise.all(names.map((name) => cluster.start(name, 'cart-0')));
      let refused = 0;
      const results = handles.map((handle) => handle.result());
      for (const result of results) result.catch(() => refused++);
      // One that may hold is shown as one that holds: who it is to be is certain once the others are refused.
      await eventually(
        'refused runs',
        async () => refused,
        (found) => found === names.length - 1,
      );
      for (const name of names) cluster.finish(name);
      const ends = await Promise.allSettled(results);
      assert.equal(ends.filter(({ status }) => status === 'fulfilled').length, 1);
    }));

  it('leaves the kill switch thrown', () =>
    harness.withCluster(async (cluster) => {
      await haltCluster(cluster.place, { actor: 'ann', reason: 'customers see errors' });
      await eventually(
        'the switch',
        () => cluster.memo(),
        (memo) => memo?.halt?.actor === 'ann',
      );
      await cluster.arbiter.terminate('a test');
      assert.match(await refusalOf(await cluster.start('late', 'cart-0')), /ann halted .*: customers see errors/);
    }));
});

describe('a hold', function () {
  this.timeout(120_000);
  let harness: ArbiterHarness;
  before(async () => {
    harness = await ArbiterHarness.create();
  });
  after(() => harness[Symbol.asyncDispose]());

  it('of a terminated run is freed when nothing of it is left, not before, and the proof is shown', () =>
    harness.withCluster(async (cluster) => {
      const first = await cluster.start('first', 'cart-0');
      await cluster.awaitHolders('first');
      const runId = cluster.runId('first');
      cluster.remains.set(runId, ['network-latency at shop/cart-0/squall-net-1 was undone, and is still to be proven gone']);
      await first.terminate('a test');
      const memo = await eventually(
        'what is unproven',
        () => cluster.memo(),
        (found) => found?.unproven[0]?.missing.startsWith('network') ?? false,
        60_000,
      );
      assert.deepEqual(
        memo?.holds.map((hold) => hold.runId),
        [runId],
      );
      assert.match(await refusalOf(await cluster.start('second', 'cart-0')), /first holds/);
      cluster.remains.delete(runId);
      await cluster.awaitHolders();
      const [freed] = (await cluster.memo())?.freed ?? [];
      assert.equal(freed?.runId, runId);
      assert.match(freed.because, /^its workflow is TERMINATED since 20.*, no experiment of it runs, and nothing of it is in the cluster$/);
    }));
});

describe('the kill switch', function () {
  this.timeout(120_000);
  let harness: ArbiterHarness;
  before(async () => {
    harness = await ArbiterHarness.create();
  });
  after(() => harness[Symbol.asyncDispose]());

  it('stops every run and its faults, refuses those that wait and come, until it is lifted', () =>
    harness.withCluster(async (cluster) => {
      const names = Array.from({ length: 5 }, (_, index) => `run-${index}`);
      const handles = await Promise.all(names.map((name, index) => cluster.start(name, `cart-${index}`)));
      await eventually(
        'holders',
        () => cluster.holders(),
        (found) => found.length === names.length,
      );
      const waiting = await cluster.start('waiting', 'cart-0', { overlap: 'queue' });
      await cluster.awaitWaiters('waiting');
      await haltCluster(cluster.place, { actor: 'ann', reason: 'customers see errors' });
      assert.match(await refusalOf(waiting), /ann halted .*: customers see errors/);
      const ends = await Promise.allSettled(handles.map((handle) => handle.result()));
      assert.ok(ends.every(({ status }) => status === 'rejected'));
      const memo = await eventually(
        'undone',
        () => cluster.memo(),
        (found) => found?.halt?.runs.every(({ undoneAt }) => undoneAt !== null) ?? false,
      );
      assert.deepEqual(
        memo?.halt?.runs.map(({ runId }) => runId).sort(),
        names.map((name) => cluster.runId(name)),
      );
      assert.match(await refusalOf(await cluster.start('late', 'cart-9')), /ann halted/);
      await liftCluster(cluster.place, { actor: 'bob', reason: 'the cause was found' });
      await eventually(
        'the switch',
        () => cluster.memo(),
        (found) => found?.halt === null,
      );
      const again = await cluster.start('again', 'cart-0');
      await cluster.awaitHolders('again');
      cluster.finish('again');
      await again.result();
    }));
});

describe('the kill switch by REST', function () {
  this.timeout(120_000);
  let harness: ArbiterHarness;
  let api: ApiServer;
  before(async () => {
    harness = await ArbiterHarness.create();
    api = await ApiServer.start(harness.environment.address);
  });
  after(async () => {
    await api[Symbol.asyncDispose]();
    await harness[Symbol.asyncDispose]();
  });

  async function ask(method: string, body?: unknown, query = ''): Promise<{ status: number; answer: HaltAnswer }> {
    const response = await fetch(`${api.url}/v1/halt${query}`, {
      method,
      ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    return { status: response.status, answer: (await response.json()) as HaltAnswer };
  }

  it('is thrown for one cluster, tells whom it stopped, and is lifted', () =>
    harness.withCluster(async (cluster) => {
      const first = await cluster.start('first', 'cart-0');
      await cluster.awaitHolders('first');
      const held = await ask('GET', undefined, `?cluster=${cluster.name}`);
      assert.deepEqual(
        held.answer.clusters?.map(({ halt, holds }) => [halt, holds.map(({ on }) => on)]),
        [[null, ['shop/cart-0']]],
      );
      const thrown = await ask('POST', { actor: 'ann', reason: 'customers see errors', cluster: cluster.name });
      assert.equal(thrown.status, 202);
      await assert.rejects(first.result());
      const stopped = await eventually(
        'the switch',
        async () => (await ask('GET', undefined, `?cluster=${cluster.name}`)).answer.clusters?.[0]?.halt,
        (halt) => halt?.runs.every(({ undoneAt }) => undoneAt !== null) ?? false,
      );
      assert.equal(stopped?.actor, 'ann');
      assert.deepEqual(
        stopped.runs.map(({ runId }) => runId),
        [cluster.runId('first')],
      );
      assert.equal((await ask('DELETE', { actor: 'bob', cluster: cluster.name })).status, 202);
      await eventually(
        'the switch',
        () => cluster.memo(),
        (memo) => memo?.halt === null,
      );
    }));

  it('names every mistake of a body', async () => {
    const { status, answer } = await ask('POST', { actor: '', reson: 'why' });
    assert.equal(status, 422);
    assert.deepEqual(answer.errors?.map(({ path, found }) => `${path}: ${found}`).sort(), [
      'actor: ""',
      'reason: nothing',
      'reson: an unknown field',
    ]);
  });
});

describe('squall halt, when nobody can undo', function () {
  this.timeout(120_000);
  const root = join(import.meta.dirname, '../..');
  const command = (address: string, ...words: string[]) =>
    runProgram(process.execPath, ['--disable-warning=ExperimentalWarning', join(root, 'src/cli.ts'), ...words], root, {
      TEMPORAL_ADDRESS: address,
    });

  it('without a worker stays thrown, and says what goes straight to the clusters', async () => {
    await using harness = await ArbiterHarness.create();
    const { code, output } = await command(harness.environment.address, 'halt', '--reason', 'why', '--cluster', 'west');
    assert.equal(code, 69, output);
    assert.match(output, /^cluster west: no worker took it up yet; .* squall sweep --all --yes$/m);
    const { events } = await harness.environment.client.workflow.getHandle('squall-arbiter-west').fetchHistory();
    assert.ok(events?.some((event) => event.workflowExecutionSignaledEventAttributes?.signalName === 'halt'));
  });

  it('without Temporal names the command that goes straight to the clusters', async () => {
    const { code, output } = await command('127.0.0.1:1', 'halt', '--reason', 'why');
    assert.equal(code, 69, output);
    assert.match(output, /Temporal does not answer at 127.0.0.1:1 .*; squall sweep --all --yes undoes everything straight on the clusters/);
  });

  it('is no halt without a reason', async () => {
    const { code, output } = await command('127.0.0.1:1', 'halt');
    assert.equal(code, 64, output);
    assert.match(output, /--reason: found nothing, expected 1 to 1,000 characters that say why/);
  });
});

interface HaltAnswer {
  clusters?: { cluster: string; halt: Halt | null; holds: { on: string }[] }[];
  errors?: { path: string; found: string }[];
}

function scopeOf(pod: string) {
  return {
    namespace: 'shop',
    workload: null,
    pods: [`shop/${pod}`],
    podNodes: [],
    nodes: [],
    objects: [],
    peak: { pods: 1, of: 1, zones: {} },
    budgets: [],
  };
}
