import { abortable } from '../abortable.ts';
import type { ProbeSpec } from '../contracts/campaign.ts';
import type { Sample } from '../contracts/evidence.ts';
import { errorMessage } from '../error-message.ts';
import { judge } from './tolerance.ts';

/**
 * Measures once, within the probe's timeout, and judges it. `measure` answers the value, or undefined when
 * there is none beside its success; what it throws is the sample's error. `late` says what did not come in time.
 *
 * @throws the signal's reason, nothing else
 */
export async function takeSample(
  spec: ProbeSpec,
  signal: AbortSignal,
  measure: (signal: AbortSignal) => Promise<number | undefined>,
  late = 'no answer',
): Promise<Sample> {
  signal.throwIfAborted();
  const at = Date.now();
  const timeout = AbortSignal.timeout(spec.timeoutMs);
  const either = AbortSignal.any([signal, timeout]);
  try {
    const value = await abortable(either, measure(either));
    return { at, ok: judge(spec.tolerance, { value }), ...(value === undefined ? {} : { value }) };
  } catch (error) {
    signal.throwIfAborted();
    const message = errorMessage(error);
    return { at, ok: false, error: timeout.aborted ? `${late} within ${spec.timeoutMs} ms` : message };
  }
}

/** Milliseconds with microseconds behind the point, as a sample's value. */
export function elapsedMs(since: number): number {
  return Math.round((performance.now() - since) * 1000) / 1000;
}
