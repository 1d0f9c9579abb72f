import type { Hold, HoldDecision, HoldRequest, Waiting } from '../contracts/arbiter.ts';
import type { Refusal } from '../contracts/plan.ts';
import { type Counted, type Exceeded, exceededBudgets } from './budgets.ts';
import { conflict } from './conflict.ts';

/** A run that comes first: it holds, or waits since earlier. */
interface First extends Counted {
  since: number;
  how: 'holds' | 'waits' | 'may hold';
}

/**
 * What becomes of a request beside the runs that hold and those that wait since earlier: a run that waits counts as if it
 * held, so that nobody overtakes it. Where only a run that may hold is in the way, it is not refused before that is known.
 */
export function weigh(request: HoldRequest, holds: readonly Hold[], waiting: readonly Waiting[]): HoldDecision {
  const alone = exceededBudgets(request.scope, request.limits, []);
  if (alone.length > 0) return { outcome: 'refused', refusals: alone.map(({ refusal }) => refusal) };
  const all = inFront(request.runId, holds, waiting);
  const behind = blockers(request, all);
  if (behind.conflicts.length === 0 && behind.exceeded.length === 0) return { outcome: 'granted' };
  if (request.overlap === 'refuse') {
    const known = blockers(
      request,
      all.filter(({ how }) => how !== 'may hold'),
    );
    const refusals = [...known.conflicts.map(({ refusal }) => refusal), ...known.exceeded.map(({ refusal }) => refusal)];
    if (refusals.length > 0) return { outcome: 'refused', refusals };
  }
  const runs = [...behind.conflicts.map(({ runId }) => runId), ...behind.exceeded.flatMap((entry) => entry.runs)];
  return { outcome: 'queued', behind: [...new Set(runs)] };
}

function inFront(runId: string, holds: readonly Hold[], waiting: readonly Waiting[]): First[] {
  return [
    ...holds.map((hold): First => ({ ...hold, how: hold.uncertain ? 'may hold' : 'holds' })),
    ...waiting.map(({ request, since }): First => ({ runId: request.runId, scope: request.scope, since, how: 'waits' })),
  ].filter((first) => first.runId !== runId);
}

function blockers(
  { scope, limits }: HoldRequest,
  all: readonly First[],
): { conflicts: { runId: string; refusal: Refusal }[]; exceeded: Exceeded[] } {
  return {
    conflicts: all.flatMap((first) => {
      const what = conflict(scope, first.scope);
      return what === null ? [] : [{ runId: first.runId, refusal: heldBy(first, what) }];
    }),
    exceeded: exceededBudgets(scope, limits, all),
  };
}

function heldBy({ runId, since, how }: First, what: string): Refusal {
  const verb = how === 'waits' ? 'waits for' : 'holds';
  return { code: 'held', subject: what, message: `run ${runId} ${verb} ${what} since ${new Date(since).toISOString()}` };
}
