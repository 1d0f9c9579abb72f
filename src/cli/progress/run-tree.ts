import type { Phase } from '../../contracts/run.ts';
import type { EventTarget, RunEvent } from '../../contracts/run-event.ts';
import type { Verdict } from '../../contracts/verdict.ts';

export type TaskState = 'pending' | 'running' | 'done' | 'failed' | 'skipped';

/** What is done, since when, and until when. Times are ms since the epoch. */
export interface Task {
  name: string;
  state: TaskState;
  startedAt: number | null;
  endedAt: number | null;
  /** null: nothing to add */
  detail: string | null;
}

export interface ExperimentTask extends Task {
  fault: string;
  /** in the order in which they began */
  parts: Task[];
}

/** A run as a tree of tasks, made from its events. */
export class RunTree {
  campaign: string | null = null;
  place: string | null = null;
  phase: Phase | null = null;
  startedAt: number | null = null;
  endedAt: number | null = null;
  verdict: Verdict | null = null;
  score: number | null = null;
  /** the last word on it; null: it goes on */
  reason: string | null = null;
  /** what it waits for; null: nothing */
  awaits: string | null = null;
  /** from 1; more than 1 when the campaign repeats its steps */
  round = 1;
  readonly experiments: ExperimentTask[] = [];

  apply(event: RunEvent): void {
    const at = Date.parse(event.at);
    switch (event.type) {
      case 'run.started':
        this.campaign = event.campaign;
        this.place = `${event.cluster}/${event.namespace}`;
        this.startedAt = at;
        return;
      case 'run.planned':
        this.experiments.splice(0);
        for (const { name, fault, targets } of event.experiments) this.experiments.push(pending(name, fault, targets));
        return;
      case 'run.phase':
        this.phase = event.phase;
        return;
      case 'run.paused':
        this.awaits = `paused by ${event.actor}${event.reason === null ? '' : `: ${event.reason}`}`;
        return;
      case 'run.approval-awaited':
        this.awaits = `waits for the approval ${event.approval} until ${event.until}`;
        return;
      case 'run.resumed':
      case 'run.approval-answered':
        this.awaits = null;
        return;
      case 'run.abort-requested':
      case 'run.cancel-requested':
      case 'run.stop-condition':
        this.awaits = 'ends: everything is undone first';
        return;
      case 'run.finished':
        this.#finish(event, at);
        return;
      default:
        if ('experiment' in event && event.experiment !== null) this.#applyTo(event.experiment, event, at);
    }
  }

  #finish({ verdict, score, reason }: Extract<RunEvent, { type: 'run.finished' }>, at: number): void {
    this.phase = 'Completed';
    this.endedAt = at;
    this.verdict = verdict;
    this.score = score;
    this.reason = reason;
    this.awaits = null;
    for (const one of this.experiments) {
      if (one.state === 'running') close(one, 'failed', at);
      else if (one.state === 'pending') one.state = 'skipped';
    }
  }

  #applyTo(name: string, event: RunEvent, at: number): void {
    const one = this.experiments.find((experiment) => experiment.name === name) ?? this.#added(name);
    switch (event.type) {
      case 'experiment.started':
        if (one.state === 'done' || one.state === 'failed') this.round += this.experiments[0] === one ? 1 : 0;
        Object.assign(one, { fault: event.fault, state: 'running', startedAt: at, endedAt: null, parts: [] });
        open(one, 'prepare', at);
        return;
      case 'experiment.prepared':
        one.detail = namesOf(event.targets);
        open(one, `inject by ${event.mechanism}`, at);
        return;
      case 'fault.injected':
        open(one, 'fault in effect', at);
        return;
      case 'fault.verified':
        note(one, event.ok ? 'read back: it is in effect' : 'NOT in effect');
        return;
      case 'fault.reverted':
        open(one, `undone by the ${event.revertedBy}, read back`, at);
        return;
      case 'fault.confirmed':
        if (event.ok) open(one, 'steady state', at);
        else note(one, 'STILL in effect');
        return;
      case 'undo.failing':
        note(one, `the undo does not succeed, and is tried again: ${event.missing}`);
        return;
      case 'experiment.skipped':
        note(one, `skipped by ${event.actor}`);
        if (one.state === 'pending') one.state = 'skipped';
        return;
      case 'experiment.finished':
        if (event.problem !== null) one.detail = `${event.problem.kind}: ${event.problem.message}`;
        close(one, event.ending === 'completed' && event.problem === null ? 'done' : 'failed', at);
        return;
      default:
    }
  }

  #added(name: string): ExperimentTask {
    const added = pending(name, '', []);
    this.experiments.push(added);
    return added;
  }
}

function pending(name: string, fault: string, targets: readonly EventTarget[]): ExperimentTask {
  return { name, fault, state: 'pending', startedAt: null, endedAt: null, detail: namesOf(targets), parts: [] };
}

function namesOf(targets: readonly EventTarget[]): string | null {
  const names = targets.map(({ target }) => target);
  if (names.length === 0) return null;
  return names.length <= 3 ? names.join(', ') : `${names.slice(0, 2).join(', ')} and ${names.length - 2} more`;
}

function open(one: ExperimentTask, name: string, at: number): void {
  endPart(one, 'done', at);
  one.parts.push({ name, state: 'running', startedAt: at, endedAt: null, detail: null });
}

function note(one: ExperimentTask, detail: string): void {
  const part = one.parts.at(-1);
  if (part !== undefined) part.detail = detail;
}

function endPart(one: ExperimentTask, state: TaskState, at: number): void {
  const part = one.parts.at(-1);
  if (part?.state !== 'running') return;
  part.state = state;
  part.endedAt = at;
}

function close(one: ExperimentTask, state: TaskState, at: number): void {
  endPart(one, state, at);
  one.state = state;
  one.endedAt = at;
}
