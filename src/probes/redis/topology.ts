import type { V1Pod } from '@kubernetes/client-node';
import type { RedisTopology } from '../../contracts/plan.ts';
import type { Cluster } from '../../kubernetes/cluster.ts';
import type { ReachMode } from '../reach.ts';
import { RedisGroup } from './group.ts';
import { redisPortOf, sentinelPort } from './recognise.ts';

const timeoutMs = 3_000;

/**
 * What these pods are as a redis: the role of each by its own INFO, and the Sentinels of the namespace that watch them.
 * Null: none of them looks like a redis.
 *
 * @throws ClusterError, or the signal's reason
 */
export async function discoverRedis(
  cluster: Cluster,
  namespace: string,
  pods: V1Pod[],
  reach: ReachMode,
  signal: AbortSignal,
): Promise<RedisTopology | null> {
  const port = pods.map(redisPortOf).find((found) => found !== undefined);
  if (port === undefined) return null;
  await using group = new RedisGroup({ cluster, namespace, reach, listPods: async () => pods });
  const { instances, sentinels } = await group.look(timeoutMs, 'current', signal);
  const watching = sentinels.flatMap(({ pod, ip, master }) => (master === null ? [] : [{ pod, ip, master }]));
  const master = watching[0]?.master;
  return {
    kind: 'redis',
    port,
    instances: instances.map(({ at: _, ...instance }) => instance),
    sentinel:
      master === undefined
        ? null
        : {
            master: master.name,
            port: sentinelPort,
            quorum: master.quorum,
            downAfterMs: master.downAfterMs,
            endpoints: watching.map(({ pod, ip }) => ({ pod, ip })),
          },
  };
}
