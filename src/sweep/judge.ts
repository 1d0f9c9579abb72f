import { faultIdPrefix } from '../contracts/fault-id.ts';
import type { FindingState, RunState } from '../contracts/sweep.ts';
import type { Sighting } from './sighting.ts';

/** So much later than its deadline somebody else may undo a fault: its carrier, and its workflow, come first. */
export const graceMs = 10_000;

/** Which faults are undone beside those that are overdue or orphaned. */
export type Chosen = { kind: 'due' } | { kind: 'all' } | { kind: 'run'; run: string };

export interface Judgement {
  state: FindingState;
  /** whether a sweep is to undo it */
  due: boolean;
}

/** How a sighting stands at `now`, and whether it is to be undone. `run` is how its run is. */
export function judge(sighting: Sighting, { now, run, chosen }: { now: number; run: RunState; chosen: Chosen }): Judgement {
  const state = stateOf(sighting, now, run);
  if (chosen.kind === 'run' && !isOfRun(sighting, chosen.run)) return { state, due: false };
  if (state === 'ended') return { state, due: sighting.undoing !== null };
  if (state === 'active') return { state, due: chosen.kind !== 'due' };
  return { state, due: state === 'overdue' || state === 'orphan' };
}

function stateOf({ is, deadline }: Sighting, now: number, run: RunState): FindingState {
  switch (is) {
    case 'unclaimed':
      return 'orphan';
    case 'fault':
      if (run === 'over') return 'orphan';
      return deadline !== null && now > deadline + graceMs ? 'overdue' : 'active';
    case 'unread':
      return 'unknown';
    default:
      return is;
  }
}

/** By what is written on it, or by how its fault's id begins. */
export function isOfRun({ run, fault }: Pick<Sighting, 'run' | 'fault'>, wanted: string): boolean {
  return run === wanted || (fault?.startsWith(faultIdPrefix(wanted)) ?? false);
}
