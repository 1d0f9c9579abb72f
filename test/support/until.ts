import { setTimeout as delay } from 'node:timers/promises';

/** What `look` answers once it is something; asked again and again until then. */
export async function until<T>(look: () => Promise<T | undefined | false | null>, timeoutMs = 60_000): Promise<T> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`not within ${timeoutMs} ms`);
    await delay(100);
  }
}
