import type { Redis } from 'ioredis';

/** How long after the fault's deadline the keys go by themselves. */
const keepMs = 10 * 60_000;

/** Numbered writes, and how many of them were acknowledged, in the redis that took them. */
function writeKeys(faultId: string) {
  const prefix = `squall:${faultId}:`;
  return { prefix, write: (n: number) => `${prefix}w:${n}`, acknowledged: `${prefix}acknowledged` };
}

/**
 * Writes some more numbered keys, each after the last was acknowledged. It ends early when redis refuses one
 * (`min-replicas-to-write`). Answers how many were acknowledged in all.
 *
 * @throws Error when redis refuses for another reason
 */
export async function writeNumbered(redis: Redis, faultId: string, count: number, deadline: number): Promise<number> {
  const { write, acknowledged } = writeKeys(faultId);
  let done = await acknowledgedOf(redis, faultId);
  try {
    for (let i = 0; i < count; i++) {
      await redis.set(write(done + 1), done + 1, 'PXAT', deadline + keepMs);
      done += 1;
      await redis.set(acknowledged, done, 'PXAT', deadline + keepMs);
    }
  } catch (error) {
    // What is cut off from its replicas may be told to take no writes; one that has been made a replica takes none.
    if (!(error instanceof Error) || !/^(NOREPLICAS|READONLY)/.test(error.message)) throw error;
  }
  return done;
}

/** How many were acknowledged, as this redis knows; 0: it knows of none. */
export async function acknowledgedOf(redis: Redis, faultId: string): Promise<number> {
  return Number((await redis.get(writeKeys(faultId).acknowledged)) ?? 0);
}

/** Tells this redis how many were acknowledged elsewhere, when that is more than it knows. */
export async function passOn(redis: Redis, faultId: string, count: number, deadline: number): Promise<void> {
  if (count > (await acknowledgedOf(redis, faultId))) {
    await redis.set(writeKeys(faultId).acknowledged, count, 'PXAT', deadline + keepMs);
  }
}

/** How many of the numbered writes this redis still has. */
export async function survivors(redis: Redis, faultId: string, acknowledged: number): Promise<number> {
  const { write } = writeKeys(faultId);
  let found = 0;
  for (let first = 1; first <= acknowledged; first += 1_000) {
    const keys = Array.from({ length: Math.min(1_000, acknowledged - first + 1) }, (_, i) => write(first + i));
    found += await redis.exists(...keys);
  }
  return found;
}

/** The fault's keys that are there. */
export async function leftovers(redis: Redis, faultId: string): Promise<string[]> {
  const keys = new Set<string>();
  let cursor = '0';
  do {
    const [next, found] = await redis.scan(cursor, 'MATCH', `${writeKeys(faultId).prefix}*`, 'COUNT', 1_000);
    cursor = next;
    for (const key of found) keys.add(key);
  } while (cursor !== '0');
  return [...keys];
}

/** Takes them away. */
export async function removeLeftovers(redis: Redis, faultId: string): Promise<void> {
  const keys = await leftovers(redis, faultId);
  for (let first = 0; first < keys.length; first += 1_000) await redis.unlink(...keys.slice(first, first + 1_000));
}
