import type { Redis } from 'ioredis';
import type { Cluster } from '../../kubernetes/cluster.ts';
import { rootMessage } from '../../root-message.ts';
import { type Greeting, type ReachablePod, type Reached, type ReachMode, reachPod } from '../reach.ts';
import { connectRedis } from './connection.ts';

/** As an inline command; whatever redis or Sentinel makes of it is a status or an error. */
const greeting: Greeting = { send: 'PING\r\n', answer: /^[+-]/ };

interface Entry {
  uid: string;
  closed: AbortController;
  reached: Promise<Reached>;
  client: Promise<Redis> | undefined;
}

/** Connections to ports of pods, kept between questions. How a pod is reached is decided once for each incarnation of it. */
export class PodConnections implements AsyncDisposable {
  readonly #cluster: Cluster;
  readonly #mode: ReachMode;
  readonly #entries = new Map<string, Entry>();
  readonly #vias = new Set<string>();

  constructor(cluster: Cluster, mode: ReachMode) {
    this.#cluster = cluster;
    this.#mode = mode;
  }

  /** Every way that was used: `direct`, `port-forward`, or both. */
  get via(): string {
    return [...this.#vias].sort().join(', ') || 'none';
  }

  /**
   * Asks the redis on a pod's port. A connection on which a question failed, or was not answered within `timeoutMs`, is not used again.
   *
   * @throws Error
   */
  async ask<T>(pod: ReachablePod, port: number, timeoutMs: number, question: (redis: Redis) => Promise<T>): Promise<T> {
    if (pod.ip === '') throw new Error('no address yet');
    const entry = this.#entry(pod, port);
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    try {
      return await Promise.race([this.#ask(entry, timeoutMs, question), late]);
    } catch (error) {
      const client = entry.client;
      entry.client = undefined;
      client?.then((redis) => redis.disconnect()).catch(() => undefined);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Closes connections to pods that are no more. */
  async keepOnly(uids: Set<string>): Promise<void> {
    await this.#close([...this.#entries].filter(([, entry]) => !uids.has(entry.uid)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close([...this.#entries]);
  }

  async #ask<T>(entry: Entry, timeoutMs: number, question: (redis: Redis) => Promise<T>): Promise<T> {
    const reached = await entry.reached;
    this.#vias.add(reached.via);
    entry.client ??= connect(reached, timeoutMs);
    return question(await entry.client);
  }

  #entry(pod: ReachablePod, port: number): Entry {
    const key = `${pod.uid}:${port}`;
    const known = this.#entries.get(key);
    if (known !== undefined) return known;
    const closed = new AbortController();
    const entry: Entry = {
      uid: pod.uid,
      closed,
      client: undefined,
      reached: reachPod(this.#cluster, pod, port, this.#mode, greeting, closed.signal),
    };
    this.#entries.set(key, entry);
    entry.reached.catch(() => this.#entries.delete(key));
    return entry;
  }

  async #close(entries: [string, Entry][]): Promise<void> {
    for (const [key] of entries) this.#entries.delete(key);
    const closing = entries.map(async ([, { closed, reached, client }]) => {
      closed.abort();
      // What could not be made needs no closing.
      await client?.then((redis) => redis.disconnect()).catch(() => undefined);
      const made = await reached.catch(() => undefined);
      await made?.[Symbol.asyncDispose]();
    });
    await Promise.all(closing);
  }
}

async function connect(reached: Reached, timeoutMs: number): Promise<Redis> {
  try {
    return await connectRedis(reached.host, reached.port, timeoutMs);
  } catch (error) {
    throw new Error(reached.lastError ?? rootMessage(error), { cause: error });
  }
}
