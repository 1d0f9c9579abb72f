import { setTimeout as delay } from 'node:timers/promises';

/** Waits until what `read` gives is as expected. Throws when it is not in time. */
export async function eventually<T>(
  what: string,
  read: () => Promise<T>,
  isExpected: (value: T) => boolean,
  timeoutMs = 60_000,
): Promise<T> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const value = await read();
    if (isExpected(value)) return value;
    if (Date.now() > end) throw new Error(`${what}: after ${timeoutMs} ms it is ${JSON.stringify(value)}`);
    await delay(50);
  }
}

/** What `look` answers once it is something. Throws when it is not in time. */
export async function until<T>(look: () => Promise<T | undefined | false | null>, timeoutMs?: number): Promise<T> {
  const found = await eventually('what is waited for', look, Boolean, timeoutMs);
  return found as T;
}
