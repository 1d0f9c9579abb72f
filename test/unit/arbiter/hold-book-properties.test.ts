import assert from 'node:assert/strict';
import fc from 'fast-check';
import { conflict } from '../../../src/arbiter/conflict.ts';
import { HoldBook } from '../../../src/arbiter/hold-book.ts';
import type { HoldLimits, HoldRequest, HoldScope } from '../../../src/contracts/arbiter.ts';

type Act =
  | { kind: 'request'; run: number }
  | { kind: 'release'; run: number }
  | { kind: 'wait'; ms: number }
  | { kind: 'carry-over' }
  | { kind: 'halt' }
  | { kind: 'lift' };

const limits: HoldLimits = { runs: 4, podsOfWorkload: { count: 3 }, podsOfNamespace: 5, podsOfZone: 4 };
const budgetHealthy = 6;
const budgetDesired = 3;
const someOf = (...names: string[]) => fc.subarray(names);

const arbitraryScope: fc.Arbitrary<HoldScope> = fc
  .record({
    namespace: fc.constantFrom('shop', 'bank'),
    workload: fc.option(fc.constantFrom('w-1', 'w-2', 'w-3', 'w-4', 'w-5')),
    pods: someOf('p-1', 'p-2', 'p-3', 'p-4'),
    podNodes: someOf('n-1', 'n-2', 'n-3'),
    nodes: fc.oneof({ weight: 4, arbitrary: fc.constant<string[]>([]) }, { weight: 1, arbitrary: someOf('n-1', 'n-2', 'n-3') }),
    objects: fc.oneof({ weight: 4, arbitrary: fc.constant<string[]>([]) }, { weight: 1, arbitrary: someOf('o-1', 'o-2') }),
    a: fc.nat(3),
    b: fc.nat(3),
    taken: fc.nat(4),
  })
  .map(({ a, b, taken, ...scope }) => ({
    ...scope,
    peak: { pods: a + b, of: 9, zones: { a, b } },
    budgets: [{ budget: 'shop/pdb', healthy: budgetHealthy, desired: budgetDesired, taken }],
  }));

const arbitraryRequest: fc.Arbitrary<HoldRequest> = fc.record({
  runId: fc.constant(''),
  campaign: fc.constant('c'),
  scope: arbitraryScope,
  limits: fc.constant(limits),
  overlap: fc.constantFrom('refuse', 'queue'),
  queueTimeoutMs: fc.integer({ min: 1, max: 500 }),
});

const arbitraryActs: fc.Arbitrary<Act[]> = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.record({ kind: fc.constant('request' as const), run: fc.nat(11) }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('release' as const), run: fc.nat(11) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(200) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('halt' as const, 'lift' as const, 'carry-over' as const) }) },
  ),
  { maxLength: 60 },
);

const world = { requests: fc.array(arbitraryRequest, { minLength: 12, maxLength: 12 }), acts: arbitraryActs };

/** Plays the acts; `check` is called after each, with the runs granted by it. */
function play(
  requests: HoldRequest[],
  acts: Act[],
  check: (book: HoldBook, granted: string[], answered: string | null, askedAt: ReadonlyMap<string, number>) => void,
): { book: HoldBook; now: number } {
  const runs = requests.map((request, index) => ({ ...request, runId: `run-${index}` }));
  let book = new HoldBook();
  let now = 0;
  const askedAt = new Map<string, number>();
  for (const act of acts) {
    now += 1;
    let granted: string[] = [];
    let answered: string | null = null;
    const settled = (decided: ReturnType<HoldBook['settle']>) =>
      decided.filter(({ decision }) => decision.outcome === 'granted').map(({ runId }) => runId);
    switch (act.kind) {
      case 'request': {
        const run = runs[act.run];
        assert.ok(run);
        const held = book.state.holds.some(({ runId }) => runId === run.runId);
        const waits = book.state.queue.some(({ request }) => request.runId === run.runId);
        if (!held && !waits) askedAt.set(run.runId, now);
        const { outcome } = book.request(run, now);
        answered = outcome;
        if (outcome === 'granted' && !held) granted = [run.runId];
        break;
      }
      case 'release':
        granted = settled(book.release(`run-${act.run}`, now));
        break;
      case 'wait':
        now += act.ms;
        granted = settled(book.settle(now));
        break;
      case 'carry-over':
        book = new HoldBook(JSON.parse(JSON.stringify(book.state)));
        break;
      case 'halt':
        book.halt({ actor: 'a', reason: 'r' }, now);
        break;
      case 'lift':
        book.lift();
        break;
    }
    check(book, granted, answered, askedAt);
  }
  return { book, now };
}

const scopesOf = (book: HoldBook) => book.state.holds.map(({ scope }) => scope);
const sum = (scopes: HoldScope[], count: (scope: HoldScope) => number) => scopes.reduce((total, scope) => total + count(scope), 0);

describe('whatever runs ask for, in whatever order', function () {
  this.timeout(60_000);

  it('no two hold the same thing', () => {
    fc.assert(
      fc.property(world.requests, world.acts, (requests, acts) => {
        play(requests, acts, (book) => {
          const scopes = scopesOf(book);
          for (const [index, one] of scopes.entries()) {
            for (const other of scopes.slice(index + 1)) assert.equal(conflict(one, other), null);
          }
        });
      }),
      { numRuns: 500 },
    );
  });

  it('no budget is exceeded', () => {
    fc.assert(
      fc.property(world.requests, world.acts, (requests, acts) => {
        play(requests, acts, (book) => {
          const scopes = scopesOf(book);
          assert.ok(scopes.length <= 4);
          for (const namespace of ['shop', 'bank']) {
            assert.ok(
              sum(
                scopes.filter((scope) => scope.namespace === namespace),
                ({ peak }) => peak.pods,
              ) <= 5,
            );
          }
          for (const zone of ['a', 'b']) assert.ok(sum(scopes, ({ peak }) => peak.zones[zone] ?? 0) <= 4);
          const taken = sum(scopes, ({ budgets }) => budgets[0]?.taken ?? 0);
          assert.ok(budgetHealthy - taken >= budgetDesired);
          assert.ok(scopes.every(({ peak }) => peak.pods <= 3));
        });
      }),
      { numRuns: 500 },
    );
  });

  it('nobody overtakes a run that waits for the same', () => {
    fc.assert(
      fc.property(world.requests, world.acts, (requests, acts) => {
        play(requests, acts, (book, granted, _, askedAt) => {
          for (const runId of granted) {
            const hold = book.state.holds.find((candidate) => candidate.runId === runId);
            assert.ok(hold);
            const earlier = book.state.queue.filter(({ since }) => since < (askedAt.get(runId) ?? 0));
            for (const { request } of earlier) {
              assert.equal(conflict(request.scope, hold.scope), null, `${runId} overtook ${request.runId}`);
            }
          }
        });
      }),
      { numRuns: 500 },
    );
  });

  it('each request is answered, and each that waits is decided once those before it are gone', () => {
    fc.assert(
      fc.property(world.requests, world.acts, (requests, acts) => {
        const { book, now } = play(requests, acts, (_, __, answered) => {
          if (answered !== null) assert.ok(['granted', 'refused', 'queued'].includes(answered));
        });
        book.lift();
        // Those whose time has come, unseen since nothing was settled then, may be refused for it.
        const waited = book.state.queue.filter(({ until }) => until > now).map(({ request }) => request.runId);
        const decided = new Map<string, string>();
        // As many rounds as there are runs: in each, all that hold give back.
        for (let round = 0; round < requests.length; round += 1) {
          for (const { runId } of book.state.holds) {
            for (const entry of book.release(runId, now)) decided.set(entry.runId, entry.decision.outcome);
          }
        }
        assert.deepEqual(book.state.queue, []);
        for (const runId of waited) assert.equal(decided.get(runId), 'granted');
      }),
      { numRuns: 500 },
    );
  });
});
