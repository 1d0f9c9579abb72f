import type { V1Pod } from '@kubernetes/client-node';
import type { Redis } from 'ioredis';
import type { RedisFacts, RedisInstanceFacts, SentinelFacts } from '../../contracts/cluster-record.ts';
import type { Cluster } from '../../kubernetes/cluster.ts';
import type { ReachMode } from '../../probes/reach.ts';
import { RedisGroup, type SeenInstance, type SeenSentinel } from '../../probes/redis/group.ts';
import { parseInfo } from '../../probes/redis/info.ts';

const askTimeoutMs = 2_000;

/** How each instance and each Sentinel is configured, as they say themselves. The Sentinels' log is read apart. */
export async function readRedisFacts(
  cluster: Cluster,
  { namespace, pods, reach }: { namespace: string; pods: V1Pod[]; reach: ReachMode },
  signal: AbortSignal,
): Promise<Omit<RedisFacts, 'log'>> {
  await using group = new RedisGroup({ cluster, namespace, reach, listPods: async () => pods });
  const { instances, sentinels } = await group.look(askTimeoutMs, 'current', signal);
  return {
    instances: await Promise.all(instances.map((instance) => instanceFacts(group, instance))),
    sentinels: sentinels.map(sentinelFacts),
  };
}

async function instanceFacts(group: RedisGroup, { pod, role, at }: SeenInstance): Promise<RedisInstanceFacts> {
  const unknown = { replicaPriority: null, minReplicasToWrite: null, minReplicasMaxLag: null, connectedClients: null };
  if (role === 'unreachable') return { pod, role, ...unknown };
  try {
    return await group.ask(at, askTimeoutMs, async (redis) => ({ pod, role, ...(await configuration(redis)) }));
  } catch {
    // CONFIG is often renamed, or not allowed.
    return { pod, role, ...unknown };
  }
}

async function configuration(redis: Redis): Promise<Omit<RedisInstanceFacts, 'pod' | 'role'>> {
  const info = parseInfo(await redis.info('clients'));
  const values = await Promise.all(
    ['replica-priority', 'min-replicas-to-write', 'min-replicas-max-lag'].map((name) => configured(redis, name)),
  );
  const [replicaPriority = null, minReplicasToWrite = null, minReplicasMaxLag = null] = values;
  return { replicaPriority, minReplicasToWrite, minReplicasMaxLag, connectedClients: numberOr(info.get('connected_clients')) };
}

async function configured(redis: Redis, name: string): Promise<number | null> {
  const answer: unknown = await redis.config('GET', name);
  return Array.isArray(answer) ? numberOr(answer[1]) : null;
}

function numberOr(text: unknown): number | null {
  const value = Number(text);
  return text === undefined || text === '' || Number.isNaN(value) ? null : value;
}

function sentinelFacts({ pod, master, error }: SeenSentinel): SentinelFacts {
  if (master === null) return { pod, master: null, ...(error !== undefined && { error }) };
  const { name, quorum, downAfterMs, failoverTimeoutMs = 0, parallelSyncs = 0, otherSentinels = 0, replicas = 0 } = master;
  return { pod, master: { name, quorum, downAfterMs, failoverTimeoutMs, parallelSyncs, otherSentinels, replicas } };
}
