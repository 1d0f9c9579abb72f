import type { Revision, RolloutState, SeenRollout } from '../contracts/schedule.ts';

/** A rollout that its controller gives no deadline is told of when it has not become healthy in this time. */
const tellAfterMs = 10 * 60_000;

export interface RolloutDecision {
  /** the revision that is to start a run; null: none */
  start: Revision | null;
  seen: SeenRollout;
  /** `seen` is not what it was */
  changed: boolean;
}

/**
 * What the state of a workload means for a saved campaign. A revision that is not known yet starts a run when it is healthy, once;
 * those that came and went meanwhile are passed over. One that does not become healthy is told of, and starts none.
 *
 * @param seen what was dealt with
 * @param underWaySince when this revision was first seen under way, ms since the epoch
 */
export function decideRollout(seen: SeenRollout, state: RolloutState, now: number, underWaySince: number): RolloutDecision {
  const nothing = withProblem(seen, null);
  if (state.state === 'absent') return nothing;
  const key = state.revision === null ? null : revisionKey(state.revision);
  if (state.state === 'healthy') {
    if (key === seen.known) return nothing;
    return { start: state.revision, seen: { known: key, problem: null }, changed: true };
  }
  // That a workload whose rollout was dealt with is not healthy any more is no rollout.
  if (key === null || key === seen.known) return nothing;
  const isToBeTold = state.state === 'stuck' || now - underWaySince >= tellAfterMs;
  if (!isToBeTold) return { start: null, seen, changed: false };
  if (seen.problem?.revision === key) return { start: null, seen, changed: false };
  return withProblem(seen, { revision: key, since: new Date(now).toISOString(), reason: state.reason });
}

function withProblem(seen: SeenRollout, problem: SeenRollout['problem']): RolloutDecision {
  return { start: null, seen: { ...seen, problem }, changed: seen.problem !== problem };
}

/** Names a revision of one incarnation of a workload. */
export function revisionKey({ uid, revision }: Revision): string {
  return `${uid}/${revision}`;
}

/** What a workload is at is dealt with when a campaign is saved: its next rollout is the first that starts a run. */
export function seenAtFirst(state: RolloutState): SeenRollout {
  return { known: state.state === 'absent' || state.revision === null ? null : revisionKey(state.revision), problem: null };
}
