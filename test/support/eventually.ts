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
