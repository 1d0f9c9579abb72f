import { Redis } from 'ioredis';
import type { Sighting } from './sighting.ts';

/** A redis that the checker asks, by its pod's address: from the machine pods are reached directly. */
export interface RedisPlace {
  owner: string;
  pod: string;
  uid: string;
  ip: string;
}

const port = 6379;
const patienceMs = 1_500;

/** Options that redis, or Sentinel, sets by itself as roles change. */
const ofItself = new Set(['replicaof', 'slaveof']);

/** A redis's configuration, all of it. @throws Error when it does not answer */
export async function readConfiguration(place: RedisPlace): Promise<Map<string, string>> {
  return asked(place, async (redis) => {
    const flat = (await redis.call('CONFIG', 'GET', '*')) as string[];
    const all = new Map<string, string>();
    for (let i = 0; i + 1 < flat.length; i += 2) if (!ofItself.has(flat[i] ?? '')) all.set(flat[i] ?? '', flat[i + 1] ?? '');
    return all;
  });
}

/**
 * What is wrong with a redis: it does not answer, or no write; its configuration has changed; keys of squall's are in it.
 * @returns undefined when nobody listens there, which is no fault of that kind
 */
export async function redisSightings(place: RedisPlace, before: Map<string, string> | undefined): Promise<Sighting[] | undefined> {
  const found = (what: string, detail: string): Sighting => ({ kind: 'redis', owner: place.owner, place: `${place.pod} ${what}`, detail });
  try {
    return await asked(place, async (redis) => {
      if ((await within(redis.ping())) === undefined) return [found('answer', `no answer to PING within ${patienceMs} ms`)];
      // A message that nobody hears is held back like a write, and leaves nothing.
      if ((await within(redis.publish('soak', ''))) === undefined) return [found('writes', `no answer to PUBLISH within ${patienceMs} ms`)];
      const sightings: Sighting[] = [];
      const now = await readConfiguration(place);
      for (const [option, value] of now) {
        const was = before?.get(option);
        if (before !== undefined && was !== value)
          sightings.push(found(option, `it is ${JSON.stringify(value)}, was ${JSON.stringify(was)}`));
      }
      const [, keys] = (await redis.call('SCAN', '0', 'MATCH', 'squall*', 'COUNT', '100000')) as [string, string[]];
      if (keys.length > 0) sightings.push(found('keys', `${keys.length} keys of squall's, for example ${keys[0]}`));
      return sightings;
    });
  } catch (error) {
    if (error instanceof NotListening) return undefined;
    return [found('answer', error instanceof Error ? error.message : String(error))];
  }
}

class NotListening extends Error {}

async function asked<T>({ ip }: RedisPlace, ask: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis({
    host: ip,
    port,
    lazyConnect: true,
    connectTimeout: patienceMs,
    commandTimeout: 5_000,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    enableReadyCheck: false,
  });
  redis.on('error', () => {});
  try {
    await redis.connect().catch((error: unknown) => {
      throw new NotListening('nobody listens', { cause: error });
    });
    return await ask(redis);
  } finally {
    redis.disconnect();
  }
}

async function within<T>(answer: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), patienceMs);
  });
  answer.catch(() => undefined);
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
