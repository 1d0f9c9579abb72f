import { setTimeout as delay } from 'node:timers/promises';
import type { StopTrip, WatchInput } from '../contracts/activities.ts';
import type { ProbeSpec } from '../contracts/campaign.ts';
import type { Sample } from '../contracts/evidence.ts';
import { errorMessage } from '../error-message.ts';
import { openProbe } from '../probes/open-probe.ts';
import type { OpenProbe } from '../probes/probe.ts';
import type { Dependencies } from './dependencies.ts';
import { probeContext } from './probe-context.ts';
import type { Supervision } from './supervise.ts';

/** So many samples in a row without a value: the run is flying blind, and is ended as if the condition were met. */
const blindSamples = 3;

/**
 * Samples each stop condition at its own interval. One sample whose value misses its tolerance trips it; so do three in a row that
 * could not be taken. Answers the first trip, or null at `until` or when the workflow wants no more.
 */
export async function watchStopConditions(input: WatchInput, deps: Dependencies, supervision: Supervision): Promise<StopTrip | null> {
  const over = new AbortController();
  const signal = AbortSignal.any([supervision.signal, over.signal]);
  const watching = input.conditions.map((condition) => watch(condition, input, deps, signal));
  try {
    const until = delay(Math.max(0, input.until - Date.now()), null, { signal });
    return await Promise.race([...watching, until]);
  } catch (error) {
    if (!supervision.cancelledByWorkflow()) throw error;
    return null;
  } finally {
    over.abort();
    await Promise.allSettled(watching);
  }
}

async function watch(
  { name, probe: spec }: { name: string; probe: ProbeSpec },
  input: WatchInput,
  deps: Dependencies,
  signal: AbortSignal,
): Promise<StopTrip> {
  let open: OpenProbe | undefined;
  let blind = 0;
  try {
    for (let next = Date.now(); ; ) {
      let sample: Sample;
      try {
        open ??= await openProbe(spec, probeContext(input, deps, signal, spec.place), { election: null });
        sample = await open.sample(signal);
      } catch (error) {
        signal.throwIfAborted();
        sample = { at: Date.now(), ok: false, error: errorMessage(error) };
      }
      blind = sample.ok || measured(spec, sample) ? 0 : blind + 1;
      if (!sample.ok && (blind === 0 || blind >= blindSamples)) return { condition: name, at: sample.at, seen: seen(spec, sample, blind) };
      next = Math.max(next + spec.intervalMs, Date.now());
      await delay(next - Date.now(), undefined, { signal });
    }
  } finally {
    await open?.[Symbol.asyncDispose]();
  }
}

/** A probe that asks whether something succeeds has measured when it failed. */
function measured({ tolerance }: ProbeSpec, sample: Sample): boolean {
  return sample.value !== undefined || tolerance?.comparator === 'succeeds';
}

function seen({ tolerance }: ProbeSpec, { value, error }: Sample, blind: number): string {
  if (blind > 0) return `could not be measured ${blind} times in a row: ${error ?? 'no value'}`;
  if (value === undefined) return error ?? 'it failed';
  return `${value}, where ${tolerance?.comparator} ${tolerance?.value} must hold`;
}
