import { setTimeout as delay } from 'node:timers/promises';
import type { ObserveInput } from '../contracts/activities.ts';
import type { ProbeSpec } from '../contracts/campaign.ts';
import type { ProbeSeries, Sample } from '../contracts/evidence.ts';
import { errorMessage } from '../error-message.ts';
import { openProbe } from '../probes/open-probe.ts';
import type { OpenProbe } from '../probes/probe.ts';
import type { Dependencies } from './dependencies.ts';
import { probeContext } from './probe-context.ts';

/** Takes one probe's samples into its series. A probe that can't be opened yet is a failed sample, and is opened again for the next. */
export class ProbeRecorder {
  readonly spec: ProbeSpec;
  readonly series: ProbeSeries;
  readonly #input: ObserveInput;
  readonly #deps: Dependencies;
  #open: OpenProbe | undefined;

  constructor(spec: ProbeSpec, input: ObserveInput, deps: Dependencies, previous: ProbeSeries | undefined) {
    this.spec = spec;
    this.#input = input;
    this.#deps = deps;
    this.series = previous ?? { name: spec.name, type: spec.type, unit: '', reach: '', samples: [], detail: {} };
  }

  /** One sample at least, then one at each interval while `more` says so; a slow sample delays the next, and none is made up. */
  async sampleWhile(more: () => boolean, signal: AbortSignal): Promise<void> {
    let next = Date.now();
    do {
      await this.sampleOnce(signal);
      next = Math.max(next + this.spec.intervalMs, Date.now());
      await delay(next - Date.now(), undefined, { signal });
    } while (more());
  }

  async sampleOnce(signal: AbortSignal): Promise<void> {
    this.#keep(await this.#sample(signal));
  }

  /** A probe whose one sample is an event: awaited until `timeoutAt`; not repeated once it has been seen. */
  async awaitEvent(timeoutAt: number, signal: AbortSignal): Promise<void> {
    if (this.series.samples.length > 0) return;
    const waitMs = Math.max(0, timeoutAt - Date.now());
    const limit = AbortSignal.timeout(waitMs);
    try {
      this.#keep(await this.#sample(AbortSignal.any([signal, limit])));
    } catch (error) {
      signal.throwIfAborted();
      if (!limit.aborted) throw error;
      this.#keep({ at: Date.now(), ok: false, error: `not seen within ${Math.round(waitMs / 100) / 10} s` });
    }
  }

  async close(): Promise<void> {
    await this.#open?.[Symbol.asyncDispose]();
    this.#open = undefined;
  }

  async #sample(signal: AbortSignal): Promise<Sample> {
    try {
      this.#open ??= await openProbe(this.spec, probeContext(this.#input, this.#deps, signal, this.spec.place), {
        election: this.#input.election,
      });
    } catch (error) {
      signal.throwIfAborted();
      return { at: Date.now(), ok: false, error: errorMessage(error) };
    }
    return this.#open.sample(signal);
  }

  #keep(sample: Sample): void {
    this.series.samples.push(sample);
    this.#deps.metrics.sampled(this.spec, this.#open?.unit ?? '', sample);
    if (this.#open === undefined) return;
    this.series.unit = this.#open.unit;
    this.series.reach = this.#open.reach;
    this.series.detail = this.#open.detail();
  }
}
