import assert from 'node:assert/strict';
import { HoldBook } from '../../../src/arbiter/hold-book.ts';
import type { Hold, HoldDecision, HoldRequest, Survey } from '../../../src/contracts/arbiter.ts';
import { request, scope } from './requests.ts';

const blankSurvey: Survey = { holds: [], waiting: [], idle: [], over: [], unproven: [], halt: null };

function codes(decision: HoldDecision | undefined): string {
  return decision?.outcome === 'refused' ? decision.refusals.map(({ code }) => code).join(', ') : (decision?.outcome ?? 'nothing');
}

function holders(book: HoldBook): string[] {
  return book.state.holds.map(({ runId }) => runId);
}

function waiters(book: HoldBook): string[] {
  return book.state.queue.map((waiting) => waiting.request.runId);
}

function queueing(runId: string, workload: string, changes: Partial<HoldRequest> = {}): HoldRequest {
  return request(runId, workload, { overlap: 'queue', ...changes });
}

describe('the arbiter grants', () => {
  it('what nobody holds, and answers the same to the same run again', () => {
    const book = new HoldBook();
    assert.equal(codes(book.request(request('a', 'cart'), 1_000)), 'granted');
    assert.equal(codes(book.request(request('b', 'pay'), 2_000)), 'granted');
    assert.equal(codes(book.request(request('a', 'cart'), 3_000)), 'granted');
    assert.deepEqual(
      book.state.holds.map(({ runId, since }) => [runId, since]),
      [
        ['a', 1_000],
        ['b', 2_000],
      ],
    );
  });

  it('what is given back', () => {
    const book = new HoldBook();
    book.request(request('a', 'cart'), 0);
    assert.deepEqual(book.release('a', 1), []);
    assert.equal(codes(book.request(request('b', 'cart'), 2)), 'granted');
  });

  it('to a run whose targets changed: what it asks for now', () => {
    const book = new HoldBook();
    book.request(request('a', 'cart'), 0);
    assert.equal(codes(book.request(request('a', 'pay'), 1)), 'granted');
    assert.equal(codes(book.request(request('b', 'cart'), 2)), 'granted');
    assert.equal(codes(book.request(request('c', 'pay'), 3)), 'held');
  });
});

describe('the arbiter refuses', () => {
  it('what another run holds, naming it and since when', () => {
    const book = new HoldBook();
    book.request(request('a', 'cart'), 0);
    assert.deepEqual(book.request(request('b', 'cart'), 1), {
      outcome: 'refused',
      refusals: [
        {
          code: 'held',
          subject: 'shop/StatefulSet/cart',
          message: 'run a holds shop/StatefulSet/cart since 1970-01-01T00:00:00.000Z',
        },
      ],
    });
    assert.deepEqual(holders(book), ['a']);
  });

  it('to overtake a run that waits', () => {
    const book = new HoldBook();
    book.request(request('a', 'cart'), 0);
    const both = scope({ workload: 'shop/StatefulSet/cart', pods: ['shop/x'] });
    book.request(queueing('b', 'cart', { scope: both }), 1);
    const decision = book.request(request('c', 'other', { scope: scope({ pods: ['shop/x'] }) }), 2);
    assert.equal(codes(decision), 'held');
    assert.ok(decision.outcome === 'refused');
    assert.match(decision.refusals[0]?.message ?? '', /^run b waits for pod shop\/x since /);
  });

  it('what can never be within a budget, even to a run that would wait', () => {
    const book = new HoldBook();
    const large = scope({ workload: 'shop/StatefulSet/cart', peak: { pods: 3, of: 4, zones: { a: 2, b: 1 } } });
    const asked = (limits: HoldRequest['limits']) => codes(book.request(queueing('a', 'cart', { scope: large, limits }), 0));
    assert.equal(asked({ podsOfWorkload: { count: 2 } }), 'budget');
    assert.equal(asked({ podsOfWorkload: { percent: 74 } }), 'budget');
    assert.equal(asked({ podsOfNamespace: 2 }), 'budget');
    assert.equal(asked({ podsOfZone: 1 }), 'budget');
    assert.equal(asked({ podsOfWorkload: { percent: 75 }, podsOfNamespace: 3, podsOfZone: 2, runs: 1 }), 'granted');
  });

  it('what is too much together with other runs', () => {
    const book = new HoldBook();
    const two = { peak: { pods: 2, of: 9, zones: { a: 2 } } };
    const limited = (runId: string, limits: HoldRequest['limits']) =>
      codes(book.request(request(runId, runId, { scope: scope({ ...two, workload: `shop/StatefulSet/${runId}` }), limits }), 0));
    assert.equal(limited('a', {}), 'granted');
    assert.equal(limited('b', { runs: 1 }), 'budget');
    assert.equal(limited('b', { podsOfNamespace: 3 }), 'budget');
    assert.equal(limited('b', { podsOfZone: 3 }), 'budget');
    assert.equal(limited('b', { runs: 2, podsOfNamespace: 4, podsOfZone: 4, podsOfWorkload: { count: 2 } }), 'granted');
  });

  it('to bring pods below a disruption budget that two workloads share', () => {
    const book = new HoldBook();
    const taking = (runId: string, taken: number) =>
      request(runId, runId, {
        scope: scope({ workload: `shop/StatefulSet/${runId}`, budgets: [{ budget: 'shop/all', healthy: 6, desired: 4, taken }] }),
      });
    assert.equal(codes(book.request(taking('a', 1), 0)), 'granted');
    assert.equal(codes(book.request(taking('b', 2), 1)), 'disruption-budget');
    assert.equal(codes(book.request(taking('c', 0), 2)), 'granted');
    assert.equal(codes(book.request(taking('d', 1), 3)), 'granted');
    assert.equal(codes(book.request(taking('e', 1), 4)), 'disruption-budget');
  });
});

describe('a run that waits', () => {
  it('is told behind whom, and granted when they are gone, first come first served', () => {
    const book = new HoldBook();
    book.request(request('a', 'cart'), 0);
    assert.deepEqual(book.request(queueing('b', 'cart'), 1), { outcome: 'queued', behind: ['a'] });
    assert.deepEqual(book.request(queueing('c', 'cart'), 2), { outcome: 'queued', behind: ['a', 'b'] });
    assert.deepEqual(book.request(queueing('b', 'cart'), 3), { outcome: 'queued', behind: ['a'] }, 'asked again it keeps its place');
    assert.deepEqual(book.release('a', 4), [{ runId: 'b', decision: { outcome: 'granted' } }]);
    assert.deepEqual(waiters(book), ['c']);
    assert.deepEqual(book.release('b', 5), [{ runId: 'c', decision: { outcome: 'granted' } }]);
  });

  it('does not hold up those that want something else', () => {
    const book = new HoldBook();
    book.request(request('a', 'cart'), 0);
    book.request(queueing('b', 'cart'), 1);
    assert.equal(codes(book.request(request('c', 'pay'), 2)), 'granted');
  });

  it('for a budget is not starved by small ones that come later', () => {
    const book = new HoldBook();
    const hitting = (runId: string, pods: number) =>
      queueing(runId, runId, {
        scope: scope({ workload: `shop/StatefulSet/${runId}`, peak: { pods, of: 9, zones: {} } }),
        limits: { podsOfNamespace: 4 },
      });
    assert.equal(codes(book.request(hitting('small', 1), 0)), 'granted');
    assert.equal(codes(book.request(hitting('large', 4), 1)), 'queued');
    assert.equal(codes(book.request(hitting('late', 1), 2)), 'queued');
    assert.deepEqual(
      book.release('small', 3).map(({ runId }) => runId),
      ['large'],
    );
    assert.deepEqual(
      book.release('large', 4).map(({ runId }) => runId),
      ['late'],
    );
  });

  it('is refused when it has waited for its time, not before', () => {
    const book = new HoldBook();
    book.request(request('a', 'cart'), 0);
    book.request(queueing('b', 'cart', { queueTimeoutMs: 100 }), 1);
    assert.equal(book.nextTimeout, 101);
    assert.deepEqual(book.settle(100), []);
    const [decided] = book.settle(101);
    assert.equal(codes(decided?.decision), 'queue-timeout');
    assert.equal(book.nextTimeout, undefined);
  });

  it('that gives up leaves the queue', () => {
    const book = new HoldBook();
    book.request(request('a', 'cart'), 0);
    book.request(queueing('b', 'cart'), 1);
    book.release('b', 2);
    assert.deepEqual(book.release('a', 3), []);
  });
});

describe('the kill switch', () => {
  it('names the runs to stop, refuses those that wait and those that come, until it is lifted', () => {
    const book = new HoldBook();
    book.request(request('a', 'cart'), 0);
    book.request(queueing('b', 'cart'), 1);
    const { stop, decided } = book.halt({ actor: 'ann', reason: 'customers see errors' }, 2);
    assert.deepEqual(stop, ['a']);
    assert.deepEqual(
      decided.map(({ runId, decision }) => [runId, codes(decision)]),
      [['b', 'halted']],
    );
    const refused = book.request(request('c', 'pay'), 3);
    assert.ok(refused.outcome === 'refused');
    assert.match(refused.refusals[0]?.message ?? '', /^ann halted .* at 1970-01-01T00:00:00.002Z: customers see errors/);
    assert.equal(codes(book.request(request('a', 'cart'), 3)), 'halted', 'a run that has not begun does not begin');
    assert.deepEqual(holders(book), ['a'], 'what is not proven undone is still held');
    book.lift();
    assert.equal(codes(book.request(request('c', 'pay'), 4)), 'granted');
  });

  it('keeps who threw it first, and when each run was undone', () => {
    const book = new HoldBook();
    book.request(request('a', 'cart'), 0);
    book.request(request('b', 'pay'), 0);
    book.halt({ actor: 'ann', reason: 'first' }, 2);
    book.release('a', 5);
    assert.deepEqual(book.halt({ actor: 'bob', reason: 'second' }, 6).stop, ['b'], 'told again');
    assert.deepEqual(book.state.halt, {
      actor: 'ann',
      reason: 'first',
      since: 2,
      runs: [
        { runId: 'a', undoneAt: 5 },
        { runId: 'b', undoneAt: null },
      ],
    });
  });
});

describe('after a loss the arbiter', () => {
  const hold = (runId: string, changes: Partial<Hold> = {}): Hold => ({
    runId,
    campaign: 'cart',
    scope: scope({ workload: 'shop/StatefulSet/cart' }),
    since: 0,
    ...changes,
  });
  const nobody = new Set<string>();

  it('holds what running campaigns were granted', () => {
    const book = new HoldBook();
    assert.deepEqual(book.learn({ ...blankSurvey, holds: [hold('a')] }, nobody, 5).adopted, ['a']);
    assert.equal(codes(book.request(request('b', 'cart'), 6)), 'held');
  });

  it('makes nobody wait for a hold that was given back while it looked', () => {
    const book = new HoldBook();
    book.learn({ ...blankSurvey, holds: [hold('a')] }, new Set(['a']), 5);
    assert.equal(codes(book.request(request('b', 'cart'), 6)), 'granted');
  });

  it('refuses nobody for a run that may hold: it waits until that is known', () => {
    const granted = new HoldBook();
    granted.learn({ ...blankSurvey, holds: [hold('a', { uncertain: true })] }, nobody, 5);
    assert.deepEqual(granted.request(request('b', 'cart'), 6), { outcome: 'queued', behind: ['a'] });
    const known = granted.learn({ ...blankSurvey, holds: [hold('a')] }, nobody, 7);
    assert.deepEqual(known.adopted, []);
    assert.deepEqual(
      known.decided.map(({ runId, decision }) => [runId, codes(decision)]),
      [['b', 'held']],
    );

    const refused = new HoldBook();
    refused.learn({ ...blankSurvey, holds: [hold('a', { uncertain: true })] }, nobody, 5);
    refused.request(request('b', 'cart'), 6);
    assert.deepEqual(refused.learn({ ...blankSurvey, idle: ['a'] }, nobody, 7).decided, [{ runId: 'b', decision: { outcome: 'granted' } }]);
  });

  it('grants one of two that both ask again', () => {
    const book = new HoldBook();
    book.learn({ ...blankSurvey, holds: [hold('a', { uncertain: true }), hold('b', { uncertain: true })] }, nobody, 5);
    assert.deepEqual(book.request(request('a', 'cart'), 6), { outcome: 'queued', behind: ['b'] });
    assert.equal(codes(book.request(request('b', 'cart'), 7)), 'held');
    assert.deepEqual(book.settle(8), [{ runId: 'a', decision: { outcome: 'granted' } }]);
  });

  it('keeps the order of those that waited, and the kill switch', () => {
    const book = new HoldBook();
    const waiting = ['b', 'c'].map((runId, index) => ({ request: queueing(runId, 'cart'), since: 10 - index, until: 1_000 }));
    book.learn({ ...blankSurvey, holds: [hold('a')], waiting }, nobody, 20);
    assert.deepEqual(waiters(book), ['c', 'b']);
    const halt = { actor: 'ann', reason: 'why', since: 1, runs: [] };
    const { decided } = book.learn({ ...blankSurvey, halt }, nobody, 21);
    assert.deepEqual(decided.map(({ runId }) => runId).sort(), ['b', 'c']);
    assert.deepEqual(book.state.halt, halt);
  });

  it('stops a run under the kill switch that it did not know of', () => {
    const book = new HoldBook();
    book.halt({ actor: 'ann', reason: 'why' }, 1);
    assert.deepEqual(book.learn({ ...blankSurvey, holds: [hold('a')] }, nobody, 2).adopted, ['a']);
    assert.deepEqual(book.state.halt?.runs, [{ runId: 'a', undoneAt: null }]);
  });

  it('frees a hold by proof, and says what it was', () => {
    const book = new HoldBook();
    book.request(request('a', 'cart'), 0);
    book.request(queueing('b', 'cart'), 1);
    const over = [{ runId: 'a', at: 9, because: 'it was terminated' }];
    assert.deepEqual(book.learn({ ...blankSurvey, over }, nobody, 9).decided, [{ runId: 'b', decision: { outcome: 'granted' } }]);
    assert.deepEqual(book.state.freed, over);
    const unproven = [{ runId: 'b', missing: 'a fault on cart-0' }];
    book.learn({ ...blankSurvey, unproven }, nobody, 10);
    assert.deepEqual(holders(book), ['b']);
  });
});
