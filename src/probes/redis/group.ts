import type { V1Pod } from '@kubernetes/client-node';
import type { Redis } from 'ioredis';
import type { RedisInstance } from '../../contracts/plan.ts';
import { errorMessage } from '../../error-message.ts';
import type { Cluster } from '../../kubernetes/cluster.ts';
import type { ReachablePod, ReachMode } from '../reach.ts';
import { mapHostToPod } from './hosts.ts';
import { instanceOf, parseInfo, unreachable } from './info.ts';
import { PodConnections } from './pod-connections.ts';
import { isSentinel, redisPortOf, sentinelPort } from './recognise.ts';
import { parseMasters, parseReplicaHosts, type SentinelMaster } from './sentinel.ts';

export interface RedisPod extends ReachablePod {
  port: number;
  terminating: boolean;
}

/** What a redis with replication and its Sentinels said when all were asked at once. */
export interface GroupView {
  instances: SeenInstance[];
  /** every pod that looks like a Sentinel, except those that say they watch others */
  sentinels: SeenSentinel[];
}

export interface SeenInstance extends RedisInstance {
  at: RedisPod;
}

export interface SeenSentinel {
  pod: string;
  ip: string;
  /** null: it did not answer, and `error` says why */
  master: SentinelMaster | null;
  /** the pod it names as the primary; undefined: a host that is none of the pods */
  primary: RedisPod | undefined;
  error?: string;
}

export interface GroupScope {
  cluster: Cluster;
  namespace: string;
  reach: ReachMode;
  /** the pods of the workload */
  listPods(signal: AbortSignal): Promise<V1Pod[]>;
}

// A pod on its way out answers within moments or not at all, and what it says counts little.
const terminatingTimeoutMs = 300;

interface Members {
  redis: RedisPod[];
  sentinels: ReachablePod[];
}

/** The instances of a redis with replication, and the Sentinels of its namespace that watch it. */
export class RedisGroup implements AsyncDisposable {
  readonly #scope: GroupScope;
  readonly #connections: PodConnections;
  #members: Members | undefined;
  #refreshing: Promise<Members> | undefined;

  constructor(scope: GroupScope) {
    this.#scope = scope;
    this.#connections = new PodConnections(scope.cluster, scope.reach);
  }

  get via(): string {
    return this.#connections.via;
  }

  /**
   * Asks every pod at once; one that does not answer within `timeoutMs` is unreachable. `pods` says whether the
   * list of pods is read first, or, so that a slow API server holds nothing up, meanwhile for the next time.
   *
   * @throws ClusterError when the pods can't be listed, or the signal's reason
   */
  async look(timeoutMs: number, pods: 'current' | 'last-known', signal: AbortSignal): Promise<GroupView> {
    const { redis, sentinels } = await this.#list(pods, signal);
    const [instances, seen] = await Promise.all([
      Promise.all(redis.map((pod) => this.#askInstance(pod, timeoutMs))),
      Promise.all(sentinels.map((pod) => this.#askSentinel(pod, redis, timeoutMs))),
    ]);
    signal.throwIfAborted();
    return { instances, sentinels: seen.filter((sentinel) => sentinel !== undefined) };
  }

  ask<T>(pod: RedisPod, timeoutMs: number, question: (redis: Redis) => Promise<T>): Promise<T> {
    return this.#connections.ask(pod, pod.port, timeoutMs, question);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#connections[Symbol.asyncDispose]();
  }

  #list(pods: 'current' | 'last-known', signal: AbortSignal): Promise<Members> {
    this.#refreshing ??= this.#refresh(signal).finally(() => {
      this.#refreshing = undefined;
    });
    if (pods === 'current' || this.#members === undefined) return this.#refreshing;
    // The next look tries again.
    this.#refreshing.catch(() => undefined);
    return Promise.resolve(this.#members);
  }

  async #refresh(signal: AbortSignal): Promise<Members> {
    const { cluster, namespace, listPods } = this.#scope;
    const [pods, all] = await Promise.all([listPods(signal), cluster.listPods(namespace, undefined, signal)]);
    const redis = pods.filter(hasNotEnded).flatMap((pod) => {
      const port = redisPortOf(pod);
      return port === undefined ? [] : [{ ...reachable(pod), port, terminating: pod.metadata?.deletionTimestamp !== undefined }];
    });
    const sentinels = all
      .filter((pod) => isSentinel(pod) && hasNotEnded(pod) && pod.metadata?.deletionTimestamp === undefined)
      .map(reachable);
    await this.#connections.keepOnly(new Set([...redis, ...sentinels].map(({ uid }) => uid)));
    this.#members = { redis, sentinels };
    return this.#members;
  }

  async #askInstance(pod: RedisPod, timeoutMs: number): Promise<SeenInstance> {
    try {
      const limitMs = pod.terminating ? Math.min(timeoutMs, terminatingTimeoutMs) : timeoutMs;
      const info = await this.#connections.ask(pod, pod.port, limitMs, (redis) => redis.info());
      return { ...instanceOf(pod.name, parseInfo(info)), at: pod };
    } catch (error) {
      return { ...unreachable(pod.name, errorMessage(error)), at: pod };
    }
  }

  async #askSentinel(pod: ReachablePod, redis: RedisPod[], timeoutMs: number): Promise<SeenSentinel | undefined> {
    const { name, ip } = pod;
    try {
      const master = await this.#connections.ask(pod, sentinelPort, timeoutMs, (sentinel) => masterOf(sentinel, redis));
      return master && { pod: name, ip, master, primary: mapHostToPod(master.host, redis) };
    } catch (error) {
      return { pod: name, ip, master: null, primary: undefined, error: errorMessage(error) };
    }
  }
}

/** Which of the primaries a Sentinel watches is one of these pods or, while its pod is not there, has one as its replica. */
async function masterOf(sentinel: Redis, pods: RedisPod[]): Promise<SentinelMaster | undefined> {
  const masters = parseMasters(await sentinel.call('SENTINEL', 'MASTERS'));
  const named = masters.find(({ host }) => mapHostToPod(host, pods) !== undefined);
  if (named !== undefined) return named;
  for (const master of masters) {
    // REPLICAS is SLAVES under its name since redis 5.
    const hosts = parseReplicaHosts(await sentinel.call('SENTINEL', 'SLAVES', master.name));
    if (hosts.some((host) => mapHostToPod(host, pods) !== undefined)) return master;
  }
  return undefined;
}

function hasNotEnded({ status }: V1Pod): boolean {
  return status?.phase !== 'Succeeded' && status?.phase !== 'Failed';
}

function reachable({ metadata, status }: V1Pod): ReachablePod {
  return { namespace: metadata?.namespace ?? '', name: metadata?.name ?? '', uid: metadata?.uid ?? '', ip: status?.podIP ?? '' };
}
