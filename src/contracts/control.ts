import type { Phase } from './run.ts';

/**
 * How people steer a run: Temporal updates of its campaign workflow, by these names, each with one of the inputs below as its
 * only argument. An update that makes no sense as things are is rejected by its validator, and leaves no trace in the history.
 */
export const updates = {
  pause: 'pause',
  resume: 'resume',
  abort: 'abort',
  approve: 'approve',
  extend: 'extend',
  skip: 'skip',
  retry: 'retry',
  settleUndo: 'settle-undo',
} as const;

export type UpdateName = (typeof updates)[keyof typeof updates];

/** Who asks, and why: both are in the history with the update. */
export interface Asked {
  /** at most 200 characters, not empty */
  actor: string;
  /** at most 1,000 characters; needed for `abort` and `settle-undo` */
  reason?: string;
}

/** `undo`: the faults under way are undone now, and injected anew for the time they had left on `resume`. `hold`: they go on to their own end. Either way nothing new begins. */
export interface PauseInput extends Asked {
  faults: 'undo' | 'hold';
}

/** Ends the run as a cancellation does: everything is undone, the verdict is Aborted. */
export type AbortInput = Asked & { reason: string };

/** The answer to the approval step the run waits at. */
export interface ApproveInput extends Asked {
  approved: boolean;
}

/** The experiment's fault holds for so much longer. It must be under way, and hold. */
export interface ExtendInput extends Asked {
  experiment: string;
  /** ms, above 0 */
  byMs: number;
}

/** An experiment that is under way is undone and ends; one that is still to come is not begun. */
export interface SkipInput extends Asked {
  experiment: string;
}

/** Begins a failed experiment once more. The run must be paused by its failure (`onFailure: pause`), or by a person after it. */
export interface RetryInput extends Asked {
  experiment: string;
}

/**
 * What becomes of an undo that does not succeed. `force`: the pods that bear the fault are deleted, uid-bound, so that it goes with
 * them; then it is read back as ever. `acknowledge`: a person takes it on; the experiment ends with verdict Error and says who and why.
 */
export interface SettleUndoInput extends Asked {
  reason: string;
  experiment: string;
  by: 'force' | 'acknowledge';
}

export interface UpdateInputs {
  pause: PauseInput;
  resume: Asked;
  abort: AbortInput;
  approve: ApproveInput;
  extend: ExtendInput;
  skip: SkipInput;
  retry: RetryInput;
  'settle-undo': SettleUndoInput;
}

/** The campaign's only query. */
export const statusQuery = 'status';

/** Where a run is. Answers every update, too. Times are ms since the epoch. */
export interface RunStatus {
  phase: Phase;
  /** null: it is not paused */
  paused: { since: number; by: string; reason: string | null; faults: 'undo' | 'hold' } | null;
  /** the approval step it waits at; null: none */
  approval: { name: string; until: number } | null;
  experiments: ExperimentStatus[];
}

export interface ExperimentStatus {
  name: string;
  state: 'to-come' | 'under-way' | 'passed' | 'failed' | 'error' | 'aborted' | 'skipped';
  /** from 1; 0: it has not begun */
  attempt: number;
  /** the undo does not succeed: what is missing; null: it is not failing */
  undoFailing: string | null;
}

/**
 * The signal by which a cluster's arbiter ends a run: the kill switch. Its argument is an AbortInput. Sent to a campaign and, so
 * that nothing waits, to its experiments under way.
 */
export const haltSignal = 'halt';
/**
 * Signals from a campaign to an experiment under way: `pause`, `resume`, `extend`, `skip` and `settle-undo`, with the inputs of the
 * updates of these names. And from an experiment to its campaign, with an UndoState, when its undo begins to fail and when that is over.
 */
export const undoStateSignal = 'undo-state';

export interface UndoState {
  experiment: string;
  /** what is missing; null: it is settled */
  failing: string | null;
}

/** The signal by which an arbiter tells a queued run what became of its request. Its arguments are a HoldDecision and the cluster's name. */
export const holdDecidedSignal = 'hold-decided';

/** The summary of the timer by which an approval step waits: from it the history tells that it does. */
export function approvalSummary(name: string): string {
  return `${approvalPrefix}${name}`;
}

/** The approval step whose timer has this summary; undefined: it is another timer. */
export function approvalOfSummary(summary: string): string | undefined {
  return summary.startsWith(approvalPrefix) ? summary.slice(approvalPrefix.length) : undefined;
}

const approvalPrefix = 'until somebody approves ';
