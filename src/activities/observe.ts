import { setTimeout as delay } from 'node:timers/promises';
import type { ObserveInput } from '../contracts/activities.ts';
import type { ProbeSpec } from '../contracts/campaign.ts';
import type { ClusterRecord } from '../contracts/cluster-record.ts';
import type { Observation, ReadBack } from '../contracts/evidence.ts';
import type { FaultInstance } from '../contracts/plan.ts';
import { errorMessage } from '../error-message.ts';
import { verbsOf } from '../faults/all-verbs.ts';
import type { FaultContext } from '../faults/verbs.ts';
import { begunAnew } from '../report/begun-anew.ts';
import { readClusterRecord } from './cluster-record/read-cluster-record.ts';
import type { Dependencies } from './dependencies.ts';
import { faultContext } from './fault-context.ts';
import { ProbeRecorder } from './probe-recorder.ts';
import { SteadyState } from './steady-state.ts';
import type { Supervision } from './supervise.ts';

const readBackIntervalMs = 5_000;
const steadyIntervalMs = 250;
const holdIntervalMs = 250;

/**
 * Samples probes side by side, each at its own interval, reads the fault back while it holds, and awaits
 * steady state when asked to. A retry after a worker's death goes on from the samples there are.
 */
export async function observe(input: ObserveInput, deps: Dependencies, supervision: Supervision): Promise<Observation> {
  const observer = new Observer(input, deps, supervision);
  using _active = input.fault === null ? null : deps.metrics.holding(input.fault, input.campaign);
  try {
    await observer.run();
  } catch (error) {
    // The workflow wants to get on with its undo, and to have the samples; a dying worker leaves both to the next.
    if (!supervision.cancelledByWorkflow()) throw error;
  } finally {
    await observer.close();
  }
  const observation = observer.observation();
  const clusterRecord = await recordAtEnd(input, deps, supervision);
  return clusterRecord === undefined ? observation : { ...observation, clusterRecord };
}

/** What the cluster has to tell, once nothing more is observed. What was measured is worth having without it. */
async function recordAtEnd(
  { recordSince, recovery, inventory }: ObserveInput,
  deps: Dependencies,
  { cancelledByWorkflow, signal }: Supervision,
): Promise<ClusterRecord | undefined> {
  // A workflow that ends an observation goes on with its undo meanwhile, and fetches the samples after it.
  const interrupted = cancelledByWorkflow();
  if (recordSince === undefined || (recovery === null && !interrupted)) return undefined;
  try {
    return await readClusterRecord(inventory, recordSince, deps, interrupted ? new AbortController().signal : signal);
  } catch {
    return undefined;
  }
}

class Observer {
  readonly #input: ObserveInput;
  readonly #deps: Dependencies;
  readonly #signal: AbortSignal;
  readonly #recorders: ProbeRecorder[];
  readonly #steady: SteadyState;
  readonly #state: Observation;

  constructor(input: ObserveInput, deps: Dependencies, supervision: Supervision) {
    this.#input = input;
    this.#deps = deps;
    this.#signal = supervision.signal;
    this.#state = (supervision.previous as Observation | undefined) ?? blank();
    this.#recorders = input.probes.map((spec) => {
      const previous = this.#state.series.find((series) => series.name === spec.name);
      return new ProbeRecorder(spec, input, deps, previous);
    });
    this.#state.series = this.#recorders.map((recorder) => recorder.series);
    this.#steady = new SteadyState(input.campaign, input.inventory, deps);
    supervision.keep(this.#state);
  }

  observation(): Observation {
    return { ...this.#state, to: Date.now() };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#recorders.map((recorder) => recorder.close()), this.#steady.close()]);
  }

  async run(): Promise<void> {
    // One that fails for good must not leave the others running on.
    const failed = new AbortController();
    const signal = AbortSignal.any([this.#signal, failed.signal]);
    const work = [
      this.#awaitSteadyState(signal),
      this.#hold(signal),
      this.#readBack(signal),
      ...this.#recorders.map((recorder) => this.#record(recorder, signal)),
    ];
    for (const part of work) part.catch((error) => failed.abort(error));
    await Promise.allSettled(work);
    await Promise.all(work);
    if (this.#input.recovery !== null) await Promise.all(this.#with('after').map((recorder) => recorder.sampleOnce(this.#signal)));
  }

  #with(when: ProbeSpec['when']): ProbeRecorder[] {
    return this.#recorders.filter((recorder) => recorder.spec.when === when);
  }

  async #record(recorder: ProbeRecorder, signal: AbortSignal): Promise<void> {
    const { when } = recorder.spec;
    if (when === 'after') return;
    if (when === 'recovery') {
      await recorder.awaitEvent(this.#input.recovery?.timeoutAt ?? this.#input.until, signal);
      return;
    }
    await recorder.sampleWhile(
      () => (Date.now() < this.#input.until && this.#state.faultLost === null) || (when === 'continuous' && this.#awaiting()),
      signal,
    );
  }

  #awaiting(): boolean {
    const { recovery } = this.#input;
    if (recovery?.elsewhere) return Date.now() < recovery.timeoutAt;
    return recovery !== null && this.#state.recoveredAt === null && this.#state.notRecovered === null;
  }

  async #awaitSteadyState(signal: AbortSignal): Promise<void> {
    const { recovery } = this.#input;
    while (recovery !== null && this.#awaiting()) {
      if (recovery.elsewhere) {
        await delay(steadyIntervalMs, undefined, { signal });
        continue;
      }
      const at = Date.now();
      const missing = await this.#steady.missing(signal);
      if (missing === undefined) this.#state.recoveredAt = at;
      else if (at > recovery.timeoutAt) this.#state.notRecovered = missing;
      else await delay(steadyIntervalMs, undefined, { signal });
    }
  }

  /** The fault is not there any more, mostly because its container restarted: it is put back, or the hold ends with it. */
  async #lost(fault: FaultInstance, context: FaultContext, found: ReadBack): Promise<void> {
    const detail = found.perTarget.flatMap((entry) => (entry.ok ? [] : [`${entry.target}: ${entry.detail}`])).join('; ');
    if (fault.onRestart === 'end') {
      this.#state.faultLost = detail;
      return;
    }
    try {
      await verbsOf(fault.fault).inject(context, fault);
    } catch (error) {
      context.signal.throwIfAborted();
      // The next read-back tries again; until then the missed one stands.
      found.perTarget.push({ target: fault.fault, ok: false, detail: `it could not be put back: ${errorMessage(error)}` });
      return;
    }
    this.#reestablished(fault, { at: Date.now(), detail });
    this.#state.begunAt = null;
  }

  #reestablished(fault: FaultInstance, which: Observation['reestablished'][number]): void {
    this.#state.reestablished.push(which);
    this.#deps.metrics.reestablished(fault);
  }

  /** A fault that began anew was put back by a worker that died before the history had that: what is lost is why, not that. */
  #noteBegin(fault: FaultInstance, { begunAt }: ReadBack): void {
    const known = this.#state.begunAt === undefined ? this.#input.begunAt : this.#state.begunAt;
    const anew = begunAnew(known, begunAt, 'later');
    if (anew !== undefined) this.#reestablished(fault, anew);
    if (begunAt !== undefined) this.#state.begunAt = begunAt;
  }

  /** Undefined: there was no answer in time. An API server that is away must not hold up the undo, which the carrier does by itself then. */
  async #verify(fault: FaultInstance, until: number, signal: AbortSignal): Promise<ReadBack | undefined> {
    const over = AbortSignal.timeout(Math.max(0, until - Date.now()));
    try {
      const context = faultContext(fault.cluster, this.#deps, AbortSignal.any([signal, over]));
      return await verbsOf(fault.fault).verify(context, fault);
    } catch (error) {
      signal.throwIfAborted();
      if (!over.aborted) throw error;
      return undefined;
    }
  }

  /** A fault holds for its time, also when nothing is sampled meanwhile: what ends with the observation is the fault. */
  async #hold(signal: AbortSignal): Promise<void> {
    const { fault, until } = this.#input;
    while (fault !== null && Date.now() < until && this.#state.faultLost === null)
      await delay(Math.min(holdIntervalMs, until - Date.now()), undefined, { signal });
  }

  async #readBack(signal: AbortSignal): Promise<void> {
    const { fault, until, campaign } = this.#input;
    if (fault === null) return;
    const context = faultContext(campaign.target.cluster, this.#deps, signal);
    // The last one is left out where it would race with the planned end.
    while (Date.now() + readBackIntervalMs < until && this.#state.faultLost === null) {
      await delay(readBackIntervalMs, undefined, { signal });
      const result = await this.#verify(fault, until, signal);
      if (result === undefined) return;
      this.#state.readBacks.count++;
      this.#deps.metrics.verified(fault, result);
      if (result.ok) {
        this.#noteBegin(fault, result);
      } else {
        this.#state.readBacks.missed.push(result);
        await this.#lost(fault, context, result);
      }
    }
  }
}

function blank(): Observation {
  return {
    from: Date.now(),
    to: 0,
    series: [],
    recoveredAt: null,
    notRecovered: null,
    readBacks: { count: 0, missed: [] },
    reestablished: [],
    faultLost: null,
  };
}
