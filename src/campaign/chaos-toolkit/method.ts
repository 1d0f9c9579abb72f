import { findFault } from '../../faults/declarations.ts';
import type { Draft, DraftStep } from '../imported/draft.ts';
import { readParameters } from '../imported/parameters.ts';
import type { LitmusNotes } from '../litmus-notes.ts';
import type { Path } from '../problem.ts';
import { defaultRecoveryTimeoutMs } from '../schema.ts';
import { describe, formatDuration } from '../units.ts';
import { type MeantAction, readAction, undoing, undoingAtEnd } from './actions.ts';
import { type Activity, readActivity } from './activity.ts';

const maxDurationMs = 24 * 3_600_000;

/** An experiment of the method while the activities after it are read. */
interface Open {
  draft: Draft;
  path: Path;
  holds: boolean;
  /** the pauses between it and what is done next: for so long it is left in place */
  pausedMs: number;
}

/**
 * The `method`: one step for each action, one after another. The pause after an action is how long its fault holds or is watched, that
 * before it a wait.
 */
export function readMethod(notes: LitmusNotes, path: Path): DraftStep[] {
  const list = notes.list(path);
  if (list?.length === 0) notes.problem({ path, found: 'an empty list', expected: 'at least one action' });
  const steps: (Open | { waitMs: number })[] = [];
  for (const index of (list ?? []).keys()) readOne(notes, [...path, index], steps);
  return steps.map((step, index): DraftStep => {
    if ('waitMs' in step) return { kind: 'wait', durationMs: step.waitMs };
    const { draft, pausedMs } = step;
    tellEnd(
      notes,
      step,
      steps.slice(index + 1).some((later) => 'draft' in later),
    );
    if (pausedMs > maxDurationMs) {
      notes.problem({ path: step.path, found: `pauses of ${formatDuration(pausedMs)} after it`, expected: 'at most 24h' });
    }
    return { kind: 'experiment', draft: pausedMs === 0 ? draft : { ...draft, durationMs: Math.min(pausedMs, maxDurationMs) } };
  });
}

function readOne(notes: LitmusNotes, path: Path, steps: (Open | { waitMs: number })[]): void {
  const activity = readActivity(notes, path, 'action');
  if (activity === undefined) return;
  const { provider, beforeMs, afterMs } = activity;
  if (provider.type === 'http') {
    notes.problem({
      path: [...provider.path, 'type'],
      found: 'http',
      expected: 'python, with a function of chaosk8s: squall calls nothing to do harm',
    });
    return;
  }
  const open = steps.findLast((step): step is Open => 'draft' in step);
  const undone = Object.hasOwn(undoing, provider.func) ? undoing[provider.func] : undefined;
  if (undone !== undefined) {
    if (open === undefined || !undone.includes(open.draft.fault)) {
      notes.problem({
        path: provider.path,
        found: describe(provider.func),
        expected: `an action; ${provider.func} only after what it undoes`,
      });
      return;
    }
    notes.warn(
      'no-effect',
      provider.path,
      `${provider.func} has no effect: squall undoes ${open.draft.fault} by itself, when its time is over`,
    );
    if (steps.at(-1) === open) open.pausedMs += beforeMs;
    else if (beforeMs > 0) steps.push({ waitMs: beforeMs });
    if (afterMs > 0) steps.push({ waitMs: afterMs });
    return;
  }
  const meant = readAction(notes, provider);
  if (meant === undefined) return;
  const draft = draftOf(notes, activity, meant);
  if (draft === undefined) return;
  if (beforeMs > 0) steps.push({ waitMs: beforeMs });
  steps.push({ draft, path: provider.path, holds: findFault(draft.fault)?.fault.holds ?? false, pausedMs: afterMs });
}

function draftOf(
  notes: LitmusNotes,
  { name, provider }: Activity,
  { fault: faultName, given, about, selection }: MeantAction,
): Draft | undefined {
  const fault = findFault(faultName)?.fault;
  if (fault === undefined) {
    notes.problem({ path: provider.path, found: `what squall calls ${faultName}`, expected: 'something squall has a fault for' });
    return undefined;
  }
  return {
    wish: name,
    fault: fault.name,
    about,
    selection,
    parameters: readParameters(notes, fault, given, provider.path),
    durationMs: fault.defaultDurationMs,
    recoveryTimeoutMs: defaultRecoveryTimeoutMs,
    onFailure: 'continue',
    onRestart: 'reestablish',
  };
}

/** Chaos Toolkit leaves in place what it does, until an action or a rollback undoes it. */
function tellEnd(notes: LitmusNotes, { draft, path, holds, pausedMs }: Open, more: boolean): void {
  if (!holds) return;
  const ends = `squall undoes it after ${formatDuration(pausedMs === 0 ? draft.durationMs : pausedMs)}`;
  if (more)
    notes.warn(
      'chaos-toolkit-differs',
      path,
      `${draft.fault}: Chaos Toolkit would leave it in place for the actions after it; ${ends}, before the next one`,
    );
  else if (pausedMs === 0)
    notes.warn('chaos-toolkit-differs', path, `${draft.fault}: without a pause after it Chaos Toolkit would go on at once; ${ends}`);
}

/** The `rollbacks`: those that undo what squall undoes by itself change nothing, others can't be had. */
export function readRollbacks(notes: LitmusNotes, path: Path, faults: ReadonlySet<string>): void {
  const value = notes.valueAt(path);
  if (value === undefined || value === null) return;
  for (const index of (notes.list(path) ?? []).keys()) {
    const activity = readActivity(notes, [...path, index], 'action');
    if (activity === undefined) continue;
    const { provider } = activity;
    const func = provider.type === 'python' ? provider.func : 'a call by http';
    const undone = Object.hasOwn(undoingAtEnd, func) ? undoingAtEnd[func] : undefined;
    const fault = undone?.find((name) => faults.has(name));
    if (fault === undefined) {
      const expected = 'the undoing of an action of the method: squall undoes what it did, and does nothing else then';
      notes.problem({ path: provider.path, found: describe(func), expected });
    } else notes.warn('no-effect', provider.path, `${func} has no effect: squall undoes ${fault} by itself, as it was before`);
  }
}
