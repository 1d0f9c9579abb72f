import type { Redis } from 'ioredis';
import { errorMessage } from '../../error-message.ts';
import { infoOf, numberOf } from '../redis/ask.ts';

/** What redis's allocator rounds up to a whole MiB, header included; and the smaller pieces for the rest. */
const pieceBytes = 2 ** 20;
const crumbBytes = 2 ** 16;
const headerBytes = 64;
const batch = 64;

export interface Memory {
  used: number;
  /** 0: no limit */
  max: number;
  policy: string;
}

export async function memoryOf(redis: Redis): Promise<Memory> {
  const info = await infoOf(redis);
  return { used: numberOf(info, 'used_memory'), max: numberOf(info, 'maxmemory'), policy: info.get('maxmemory_policy') ?? '' };
}

/** The keys of one fault begin so. */
function prefixOf(faultId: string): string {
  return `squall:${faultId}:`;
}

/**
 * Adds keys until redis uses so many bytes (all it may have: until it takes no more), or until keys of the fault hold so
 * many. Every key expires at `deadline`, by redis's own clock. Called again, it goes on where it was.
 *
 * @returns the number of keys it added
 * @throws Error with what redis answered
 */
export async function fill(
  redis: Redis,
  faultId: string,
  goal: { usedBytes: number } | { ownBytes: number },
  deadline: number,
): Promise<number> {
  const present = await ownKeys(redis, faultId);
  let own = bytesOf(present);
  let last = Math.max(0, ...present.map(indexOf));
  let added = 0;
  const addSome = async (count: number, size: number): Promise<boolean> => {
    const keys = Array.from({ length: count }, (_, i) => `${prefixOf(faultId)}${last + 1 + i}:${size}`);
    const taken = (await Promise.all(keys.map((key) => add(redis, key, size, deadline)))).filter(Boolean).length;
    last += count;
    added += taken;
    own += taken * size;
    return taken === count;
  };
  for (const size of [pieceBytes, crumbBytes]) {
    for (;;) {
      const memory = await memoryOf(redis);
      const missing = 'usedBytes' in goal ? goal.usedBytes - memory.used : goal.ownBytes - own;
      const count = Math.min(batch, Math.floor(missing / size));
      if (count <= 0) break;
      if (!(await addSome(count, size))) return added;
    }
  }
  // Full is a redis that takes no more: it does until it is over its limit.
  const { max, policy } = await memoryOf(redis);
  if ('usedBytes' in goal && goal.usedBytes === max && policy === 'noeviction') while (await addSome(1, crumbBytes));
  return added;
}

/** In one transaction, so that no key is ever without its end. The server makes the value: nothing of it goes over the wire. False: redis is full. */
async function add(redis: Redis, key: string, size: number, deadline: number): Promise<boolean> {
  try {
    const results = await redis
      .multi()
      .setrange(key, size - headerBytes - 1, '.')
      .pexpireat(key, deadline)
      .exec();
    const failure = results?.find(([error]) => error !== null)?.[0];
    if (results === null || failure) throw failure ?? new Error(`redis did not take key ${key}`);
    return true;
  } catch (error) {
    // A transaction is refused as a whole when one of its commands was.
    const causes = error instanceof Error && 'previousErrors' in error && Array.isArray(error.previousErrors) ? error.previousErrors : [];
    if ([error, ...causes].some((cause) => errorMessage(cause).startsWith('OOM'))) return false;
    throw error;
  }
}

function indexOf(key: string): number {
  return Number(key.split(':')[2] ?? 0);
}

/** The fault's keys that are there. */
export async function ownKeys(redis: Redis, faultId: string): Promise<string[]> {
  const keys = new Set<string>();
  let cursor = '0';
  do {
    const [next, found] = await redis.scan(cursor, 'MATCH', `${prefixOf(faultId)}*`, 'COUNT', 1_000);
    cursor = next;
    for (const key of found) keys.add(key);
  } while (cursor !== '0');
  return [...keys];
}

/** What keys of a fault take, by their names. */
export function bytesOf(keys: readonly string[]): number {
  return keys.reduce((sum, key) => sum + Number(key.split(':').at(-1) ?? 0), 0);
}

/** Takes the fault's keys away, and answers how many. */
export async function drain(redis: Redis, faultId: string): Promise<number> {
  const keys = await ownKeys(redis, faultId);
  for (let first = 0; first < keys.length; first += 1_000) await redis.unlink(...keys.slice(first, first + 1_000));
  return keys.length;
}
