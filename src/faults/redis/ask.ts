import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { FaultInstance, PodTarget } from '../../contracts/plan.ts';
import type { ReachMode } from '../../probes/reach.ts';
import { type GroupView, RedisGroup, type SeenInstance } from '../../probes/redis/group.ts';
import { parseInfo } from '../../probes/redis/info.ts';
import { PodConnections } from '../../probes/redis/pod-connections.ts';
import { redisPortOf } from '../../probes/redis/recognise.ts';
import { readTarget } from '../carrier/carrier.ts';
import type { FaultContext } from '../verbs.ts';

const timeoutMs = 5_000;

/**
 * Asks the redis in a target over a connection of its own.
 *
 * @throws TargetGoneError; Error when the pod does not look like redis, or does not answer in time; redis's own errors
 */
export async function askTarget<T>(
  context: FaultContext,
  target: PodTarget,
  question: (redis: Redis) => Promise<T>,
  options: { timeoutMs?: number; reach?: ReachMode } = {},
): Promise<T> {
  const pod = await readTarget(context, target);
  const port = redisPortOf(pod);
  if (port === undefined) throw new Error(`pod ${target.pod} does not look like redis: none of its ports or images says so`);
  await using connections = new PodConnections(context.cluster, options.reach ?? context.reach);
  const place = { namespace: target.namespace, name: target.pod, uid: target.uid, ip: pod.status?.podIP ?? '' };
  return await connections.ask(place, port, options.timeoutMs ?? timeoutMs, question);
}

/** All of INFO, by field. */
export async function infoOf(redis: Redis): Promise<Map<string, string>> {
  return parseInfo(await redis.info());
}

/** The number in a field of INFO. Throws when there is none. */
export function numberOf(info: ReadonlyMap<string, string>, field: string): number {
  const value = Number(info.get(field) ?? Number.NaN);
  if (Number.isNaN(value)) throw new Error(`INFO has ${field} ${JSON.stringify(info.get(field) ?? 'nothing')}, expected a number`);
  return value;
}

/** A command's answer, as text; undefined: none within `withinMs`. Throws what redis answers as an error. */
export async function answerWithin(answer: Promise<unknown>, withinMs: number): Promise<string | undefined> {
  const limit = new AbortController();
  // What comes after the limit, nobody waits for.
  answer.catch(() => undefined);
  try {
    const silence = delay(withinMs, undefined, { signal: limit.signal }).catch(() => undefined);
    return await Promise.race([answer.then(String), silence]);
  } finally {
    limit.abort();
  }
}

/** The workload's redis instances and the Sentinels that watch them, as long as `use` takes. */
export async function withGroup<T>(
  context: FaultContext,
  fault: Pick<FaultInstance, 'namespace' | 'selector'>,
  use: (look: () => Promise<GroupView>, group: RedisGroup) => Promise<T>,
): Promise<T> {
  const { cluster, reach, signal } = context;
  const { namespace, selector } = fault;
  await using group = new RedisGroup({
    cluster,
    namespace,
    reach,
    listPods: (either) => cluster.listPods(namespace, selector, either),
  });
  return await use(() => group.look(timeoutMs, 'current', signal), group);
}

/** What a target said of itself; undefined: it is not among those that were asked. */
export function seenOf(view: GroupView, target: PodTarget): SeenInstance | undefined {
  return view.instances.find(({ at }) => at.uid === target.uid);
}
