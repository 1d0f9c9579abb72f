import type { ArbiterState, Freed, Halt, Hold, HoldDecision, HoldRequest, HoldScope, Survey } from '../contracts/arbiter.ts';
import type { Asked } from '../contracts/control.ts';
import type { Refusal } from '../contracts/plan.ts';
import { weigh } from './weigh.ts';

/** A waiting run whose request was decided. */
export interface Decided {
  runId: string;
  decision: HoldDecision;
}

const mostFreedShown = 20;
/** State is carried in one payload, which Temporal takes up to 2 MiB. */
const largestStateBytes = 1_500_000;

const blankState: ArbiterState = { holds: [], queue: [], halt: null, freed: [] };

/**
 * Who holds what on a cluster, and who waits for it. Every change is decided here, from what it is told and nothing else;
 * `now` is ms since the epoch.
 */
export class HoldBook {
  #holds: Hold[];
  #queue: ArbiterState['queue'];
  #halt: Halt | null;
  #freed: Freed[];

  constructor(state: ArbiterState = blankState) {
    this.#holds = [...state.holds];
    this.#queue = [...state.queue];
    this.#halt = state.halt;
    this.#freed = [...state.freed];
  }

  get state(): ArbiterState {
    return { holds: [...this.#holds], queue: [...this.#queue], halt: this.#halt, freed: [...this.#freed] };
  }

  /** Asked again with the same run it answers how things are now. */
  request(request: HoldRequest, now: number): HoldDecision {
    const { runId } = request;
    // A run that asks was not told that it may: what a lost arbiter may have granted it, it has not made use of.
    this.#holds = this.#holds.filter((hold) => !(hold.runId === runId && hold.uncertain));
    const place = this.#queue.findIndex((waiting) => waiting.request.runId === runId);
    const decision = this.#decide(request, place);
    if (decision.outcome === 'queued') this.#wait(request, place, now);
    else this.#queue = this.#queue.filter((waiting) => waiting.request.runId !== runId);
    if (decision.outcome === 'granted') this.#hold(request, now);
    return decision;
  }

  /** Its run gives a hold back, or its place in the queue. */
  release(runId: string, now: number): Decided[] {
    this.#remove(runId, now);
    return this.settle(now);
  }

  /** What is known of runs that did not say it themselves. `released`: those that gave their hold back while it was found out. */
  learn(survey: Survey, released: ReadonlySet<string>, now: number): { decided: Decided[]; adopted: string[] } {
    for (const freed of survey.over) this.#free(freed);
    const idle = new Set(survey.idle);
    this.#holds = this.#holds.filter((hold) => !(hold.uncertain && idle.has(hold.runId)));
    const adopted = survey.holds.filter((hold) => !released.has(hold.runId) && this.#adopt(hold)).map(({ runId }) => runId);
    for (const waiting of survey.waiting) {
      const { runId } = waiting.request;
      if (!released.has(runId) && !this.#isKnown(runId)) this.#queue.push(waiting);
    }
    this.#queue.sort((a, b) => a.since - b.since);
    this.#halt ??= survey.halt;
    if (this.#halt !== null) this.#stops(adopted);
    return { decided: this.#halt === null ? this.settle(now) : this.#refuseAll(this.#halt), adopted };
  }

  /** Those that can be granted now, or have waited for too long. */
  settle(now: number): Decided[] {
    const decided: Decided[] = [];
    const waiting = this.#queue;
    this.#queue = [];
    for (const entry of waiting) {
      const { request, until, since } = entry;
      const decision = until <= now ? timedOut(request, since, until, this.#decide(request, -1)) : this.#decide(request, -1);
      if (decision.outcome === 'queued') {
        this.#queue.push(entry);
        continue;
      }
      if (decision.outcome === 'granted') this.#hold(request, now);
      decided.push({ runId: request.runId, decision });
    }
    return decided;
  }

  /** Throws the kill switch: nothing is granted any more. `stop`: the runs to be told, also those told before. */
  halt({ actor, reason }: Asked & { reason: string }, now: number): { stop: string[]; decided: Decided[] } {
    this.#halt ??= { actor, reason, since: now, runs: [] };
    const stop = this.#holds.map(({ runId }) => runId);
    this.#stops(stop);
    return { stop, decided: this.#refuseAll(this.#halt) };
  }

  lift(): void {
    this.#halt = null;
  }

  /** When the next waiting run has waited for too long; undefined: none waits. */
  get nextTimeout(): number | undefined {
    return this.#queue.length === 0 ? undefined : Math.min(...this.#queue.map(({ until }) => until));
  }

  get isBlank(): boolean {
    return this.#holds.length === 0 && this.#queue.length === 0;
  }

  #decide(request: HoldRequest, place: number): HoldDecision {
    if (this.#halt !== null) return { outcome: 'refused', refusals: [halted(this.#halt)] };
    const held = this.#holds.find(({ runId }) => runId === request.runId);
    if (held !== undefined && isSame(held.scope, request.scope)) return { outcome: 'granted' };
    // Whoever waits for what the run holds does not come before it.
    const before = held !== undefined ? [] : place < 0 ? this.#queue : this.#queue.slice(0, place);
    const decision = weigh(request, this.#holds, before);
    if (decision.outcome !== 'refused' && this.#isTooLargeWith(request)) return { outcome: 'refused', refusals: [tooLarge(request)] };
    return decision;
  }

  #hold({ runId, campaign, scope }: HoldRequest, now: number): void {
    const known = this.#holds.findIndex((hold) => hold.runId === runId);
    const hold = { runId, campaign, scope, since: this.#holds[known]?.since ?? now };
    this.#holds = known < 0 ? [...this.#holds, hold] : this.#holds.with(known, hold);
  }

  #wait(request: HoldRequest, place: number, now: number): void {
    const known = this.#queue[place];
    if (known === undefined) this.#queue.push({ request, since: now, until: now + request.queueTimeoutMs });
    else this.#queue[place] = { ...known, request };
  }

  #free(freed: Freed): void {
    if (!this.#isKnown(freed.runId)) return;
    this.#remove(freed.runId, freed.at);
    this.#freed = [...this.#freed, freed].slice(-mostFreedShown);
  }

  #remove(runId: string, now: number): void {
    this.#holds = this.#holds.filter((hold) => hold.runId !== runId);
    this.#queue = this.#queue.filter(({ request }) => request.runId !== runId);
    if (this.#halt === null) return;
    const runs = this.#halt.runs.map((run) => (run.runId === runId && run.undoneAt === null ? { runId, undoneAt: now } : run));
    this.#halt = { ...this.#halt, runs };
  }

  /** True: it is new here. */
  #adopt(hold: Hold): boolean {
    const known = this.#holds.find(({ runId }) => runId === hold.runId);
    if (known !== undefined && (!known.uncertain || hold.uncertain)) return false;
    this.#holds = [...this.#holds.filter(({ runId }) => runId !== hold.runId), hold];
    this.#queue = this.#queue.filter(({ request }) => request.runId !== hold.runId);
    return known === undefined;
  }

  #isKnown(runId: string): boolean {
    return this.#holds.some((hold) => hold.runId === runId) || this.#queue.some(({ request }) => request.runId === runId);
  }

  #stops(runIds: readonly string[]): void {
    if (this.#halt === null) return;
    const known = new Set(this.#halt.runs.map(({ runId }) => runId));
    const runs = runIds.filter((runId) => !known.has(runId)).map((runId) => ({ runId, undoneAt: null }));
    this.#halt = { ...this.#halt, runs: [...this.#halt.runs, ...runs] };
  }

  #refuseAll(halt: Halt): Decided[] {
    const decided = this.#queue.map(({ request: { runId } }): Decided => {
      return { runId, decision: { outcome: 'refused', refusals: [halted(halt)] } };
    });
    this.#queue = [];
    return decided;
  }

  #isTooLargeWith(request: HoldRequest): boolean {
    const others = this.#holds.filter(({ runId }) => runId !== request.runId);
    return JSON.stringify([others, this.#queue, request]).length > largestStateBytes;
  }
}

function isSame(a: HoldScope, b: HoldScope): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function halted({ actor, reason, since }: Halt): Refusal {
  const message = `${actor} halted all chaos on the cluster at ${new Date(since).toISOString()}: ${reason}; nothing begins until that is lifted`;
  return { code: 'halted', subject: 'cluster', message };
}

function timedOut(request: HoldRequest, since: number, until: number, now: HoldDecision): HoldDecision {
  if (now.outcome !== 'queued') return now;
  const message = `waited from ${new Date(since).toISOString()} until ${new Date(until).toISOString()} for ${now.behind.join(', ')}`;
  return { outcome: 'refused', refusals: [{ code: 'queue-timeout', subject: request.scope.workload ?? request.scope.namespace, message }] };
}

function tooLarge({ scope }: HoldRequest): Refusal {
  const message = `the targets of all runs together, with ${scope.pods.length} pods of this one, are more than the arbiter can keep track of`;
  return { code: 'budget', subject: 'cluster', message };
}
