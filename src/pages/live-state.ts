import type { Phase } from '../contracts/run.ts';
import type { RunEvent } from '../contracts/run-event.ts';

/** Where a run is, as its events tell it. Times are ms since the epoch. It runs in browsers, too. */
export interface LiveState {
  phase: Phase | null;
  /** by a person, or by a failed experiment */
  paused: boolean;
  /** the approval step it waits at; null: none */
  approval: { name: string; until: number } | null;
  experiments: LiveExperiment[];
  /** null: it goes on */
  finished: Extract<RunEvent, { type: 'run.finished' }> | null;
}

export interface LiveExperiment {
  name: string;
  durationMs: number;
  state: string;
  /** when its fault ends, or what it does is observed to its end; null: that is not so now */
  endsAt: number | null;
  /** for how long its fault has held before */
  heldMs: number;
  injectedAt: number | null;
}

export function initialState(experiments: readonly { name: string; durationMs: number }[]): LiveState {
  return {
    phase: null,
    paused: false,
    approval: null,
    experiments: experiments.map(({ name, durationMs }) => newExperiment(name, durationMs, 'to come')),
    finished: null,
  };
}

/** The state after an event. */
export function nextState(state: LiveState, event: RunEvent): LiveState {
  switch (event.type) {
    case 'run.phase': {
      const isPaused = event.phase === 'Paused';
      // An approval that nobody answered is over when the run goes on.
      const approval = isPaused ? state.approval : null;
      return { ...state, phase: event.phase, approval, paused: isPaused && approval === null };
    }
    case 'run.paused':
      return { ...state, paused: true };
    case 'run.resumed':
      return { ...state, paused: false };
    case 'run.approval-awaited':
      return { ...state, approval: { name: event.approval, until: Date.parse(event.until) }, paused: false };
    case 'run.approval-answered':
      return { ...state, approval: null };
    case 'run.finished':
      return { ...state, phase: 'Completed', finished: event, paused: false, approval: null };
    case 'experiment.started':
      return change(state, event.experiment, ({ name, durationMs }) => newExperiment(name, durationMs, 'begins'));
    case 'experiment.prepared':
      return change(state, event.experiment, (one) => ({ ...one, state: 'prepared' }));
    case 'fault.injected':
      return change(state, event.experiment, (one) => inject(one, Date.parse(event.injectedAt)));
    case 'fault.verified':
      return change(state, event.experiment, (one) => ({ ...one, state: event.ok ? 'fault in effect' : 'fault not in effect' }));
    case 'experiment.extended':
      return change(state, event.experiment, (one) => ({
        ...one,
        durationMs: one.durationMs + event.byMs,
        endsAt: one.endsAt === null ? null : one.endsAt + event.byMs,
      }));
    case 'fault.reverted':
      return change(state, event.experiment, (one) => revert(one, Date.parse(event.revertedAt)));
    case 'fault.confirmed':
      return change(state, event.experiment, (one) => ({ ...one, state: event.ok ? 'fault gone' : 'fault still there' }));
    case 'undo.failing':
      return change(state, event.experiment, (one) => ({ ...one, state: 'undo fails', endsAt: null }));
    case 'experiment.skipped':
      return change(state, event.experiment, (one) => ({ ...one, state: 'skipped', endsAt: null }));
    case 'experiment.finished':
      return change(state, event.experiment, (one) => ({ ...one, state: event.problem?.kind ?? 'done', endsAt: null }));
    default:
      return state;
  }
}

function newExperiment(name: string, durationMs: number, state: string): LiveExperiment {
  return { name, durationMs, state, endsAt: null, heldMs: 0, injectedAt: null };
}

function change(state: LiveState, name: string, by: (experiment: LiveExperiment) => LiveExperiment): LiveState {
  return { ...state, experiments: state.experiments.map((one) => (one.name === name ? by(one) : one)) };
}

/** A fault that is repeated ends when its first turn says; one that was undone by a pause holds for what it had left. */
function inject(one: LiveExperiment, at: number): LiveExperiment {
  const endsAt = one.endsAt ?? at + one.durationMs - one.heldMs;
  return { ...one, state: 'injected', endsAt, injectedAt: one.injectedAt ?? at };
}

function revert(one: LiveExperiment, at: number): LiveExperiment {
  const heldMs = one.heldMs + (one.injectedAt === null ? 0 : Math.max(0, at - one.injectedAt));
  return { ...one, state: 'undone', endsAt: null, heldMs, injectedAt: null };
}
