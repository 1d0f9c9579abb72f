import { setTimeout as delay } from 'node:timers/promises';
import { LabFailure } from './failure.ts';

/**
 * Waits until `condition` answers something other than undefined, and returns that.
 * Other processes' readiness cannot be subscribed to, so it is asked for at short intervals.
 * @throws LabFailure after `timeoutMs`, with `what` and the last answer of `why`; whatever `condition` throws
 */
export async function until<T>(
  what: string,
  timeoutMs: number,
  condition: () => Promise<T | undefined> | T | undefined,
  why: () => string = () => '',
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (let pause = 10; ; pause = Math.min(pause * 1.5, 150)) {
    const answer = await condition();
    if (answer !== undefined) return answer;
    if (performance.now() > deadline) {
      const reason = why();
      throw new LabFailure(`${what}: not within ${timeoutMs / 1000} s${reason === '' ? '' : `: ${reason}`}`);
    }
    await delay(pause);
  }
}
