import { setTimeout as delay } from 'node:timers/promises';
import { abortable } from '../abortable.ts';
import { ClusterError } from './cluster.ts';
import { retryAfterMs, toClusterError } from './errors.ts';

const attempts = 5;
const firstPauseMs = 200;
const longestPauseMs = 5_000;

/**
 * Calls until it succeeds, fails for good, or `timeoutMs` have passed over all attempts.
 * Only for reads and idempotent writes: an attempt whose answer was lost may have taken effect.
 *
 * @throws ClusterError, or the signal's reason when the caller gave up
 */
export async function withRetries<T>(
  operation: string,
  timeoutMs: number,
  signal: AbortSignal | undefined,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const end = Date.now() + timeoutMs;
  const timeout = AbortSignal.timeout(timeoutMs);
  const either = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    try {
      // A credential plugin, asked before the request is sent, knows of no signal.
      return await abortable(either, call(either));
    } catch (error) {
      signal?.throwIfAborted();
      if (timeout.aborted) throw new ClusterError(operation, `no answer within ${timeoutMs} ms`, { retryable: true, cause: error });
      const failure = toClusterError(operation, error);
      const pauseMs = retryAfterMs(error) ?? jitter(Math.min(firstPauseMs * 2 ** (attempt - 1), longestPauseMs));
      if (!failure.retryable || attempt === attempts || Date.now() + pauseMs >= end) throw failure;
      await delay(pauseMs, undefined, signal === undefined ? undefined : { signal });
    }
  }
}

/** Half of it at least, so that clients that failed together do not come back together. */
function jitter(ms: number): number {
  return ms * (0.5 + Math.random() / 2);
}
