import type { Finding, RunState, SweepReport, SweptFinding, Undone } from '../contracts/sweep.ts';
import { errorMessage } from '../error-message.ts';
import { tellUndone, type UndoneTarget } from '../faults/undone/undone-event.ts';
import type { FaultContext } from '../faults/verbs.ts';
import { eachOf } from './each-of.ts';
import { type Chosen, type Judgement, judge } from './judge.ts';
import { type Scope, scan } from './scan.ts';
import type { Sighting } from './sighting.ts';

const atOnce = 8;
const undoTimeoutMs = 45_000;

export interface SweepOptions {
  scope?: Scope;
  /** absent: what is overdue or orphaned */
  chosen?: Chosen;
  /** finds, and touches nothing */
  dryRun?: boolean;
  /** how a fault's run is, by the fault's id and, if it is known, the run's; absent, or when it fails: unknown */
  runState?(fault: string, run: string | null): Promise<RunState>;
}

type Judged = { sighting: Sighting } & Judgement;

/**
 * Finds what squall has in a cluster and undoes what is due, from nothing but the cluster. An undo that fails, or does not succeed
 * in time, is told in the report: a sweep after this one tries it again.
 *
 * @throws ClusterError when the API server cannot be reached
 */
export async function sweep(context: FaultContext, options: SweepOptions = {}): Promise<SweepReport> {
  const { scope, chosen = { kind: 'due' }, dryRun = false } = options;
  const startedAt = Date.now();
  const sightings = await scan(context, scope);
  const runs = await runStates(sightings, options);
  const now = Date.now();
  const judged = sightings.map((sighting): Judged => {
    const run = runs.states.get(sighting.fault ?? '') ?? 'unknown';
    return { sighting, ...judge(sighting, { now, run, chosen }) };
  });
  const undone = dryRun ? new Map<Sighting, Undone>() : await undoAll(context, judged);
  return {
    cluster: context.cluster.name,
    startedAt,
    endedAt: Date.now(),
    dryRun,
    runsNotAsked: runs.problem,
    findings: judged.map(({ sighting, state, due }): SweptFinding => {
      return { ...findingOf(context, sighting, state), due, undone: undone.get(sighting) ?? null };
    }),
  };
}

export function findingOf(context: FaultContext, sighting: Sighting, state: Finding['state']): Finding {
  const { is: _, undoing, ...seen } = sighting;
  return { cluster: context.cluster.name, ...seen, state, undo: undoing?.how ?? null };
}

/** What is due and was not undone, and what could not be read: something of a fault may be there still. What has ended is no fault. */
export function isLeft({ state, due, undone }: SweptFinding): boolean {
  if (undone !== null) return !undone.ok;
  return state === 'unknown' || (due && state !== 'ended');
}

async function runStates(
  sightings: Sighting[],
  { runState }: SweepOptions,
): Promise<{ states: Map<string, RunState>; problem: string | null }> {
  const states = new Map<string, RunState>();
  if (runState === undefined) return { states, problem: null };
  let problem: string | null = null;
  for (const { is, fault, run } of sightings) {
    if (is !== 'fault' || fault === null || states.has(fault)) continue;
    try {
      states.set(fault, await runState(fault, run));
    } catch (error) {
      // It will not be otherwise for the next.
      problem = errorMessage(error);
      break;
    }
  }
  return { states, problem };
}

async function undoAll(context: FaultContext, judged: Judged[]): Promise<Map<Sighting, Undone>> {
  const due = judged.filter(({ due }) => due).map(({ sighting }) => sighting);
  const undone = new Map<Sighting, Undone>();
  for (const last of [false, true]) {
    const those = due.filter(({ undoing }) => (undoing?.last === true) === last);
    await eachOf(atOnce, those, async (sighting) => undone.set(sighting, await undo(context, sighting)));
  }
  return undone;
}

async function undo(context: FaultContext, sighting: Sighting): Promise<Undone> {
  const { undoing } = sighting;
  if (undoing === null) return { ok: false, at: Date.now(), detail: 'how it is undone is not known' };
  const limit = AbortSignal.timeout(undoTimeoutMs);
  try {
    const limited = { ...context, signal: AbortSignal.any([context.signal, limit]) };
    const result: Undone = { ...(await undoing.act(limited)), at: Date.now() };
    return result.ok ? await remember(context, sighting, result) : result;
  } catch (error) {
    context.signal.throwIfAborted();
    const detail = limit.aborted ? `not undone within ${undoTimeoutMs / 1_000} s` : errorMessage(error);
    return { ok: false, at: Date.now(), detail };
  }
}

/** Its workflow, should it live, is to know that it was not its own doing. That it is undone does not hang on it. */
async function remember(context: FaultContext, { is, fault, undoing }: Sighting, result: Undone): Promise<Undone> {
  if (undoing === null || fault === null || is === 'ended') return result;
  const told: UndoneTarget = { target: undoing.target, at: result.at, detail: result.detail };
  try {
    await tellUndone(context, fault, undoing.involved, [told]);
    return result;
  } catch (error) {
    context.signal.throwIfAborted();
    return { ...result, detail: `${result.detail} (its run cannot be told: ${errorMessage(error)})` };
  }
}
