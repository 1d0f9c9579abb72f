import type { V1Pod } from '@kubernetes/client-node';
import type { RedisFacts } from '../../contracts/cluster-record.ts';
import { mostLines } from '../../contracts/merge-cluster-records.ts';
import type { Cluster } from '../../kubernetes/cluster.ts';
import { isSentinel } from '../../probes/redis/recognise.ts';

const longestLine = 200;
/** What Sentinel writes of failures and elections begins with + or -; what it writes of its configuration does not. */
const line =
  /^(?<at>\d{4}-\d\d-\d\dT\S+Z) .*? # (?<text>[+-](?:s?down|odown|sdown|switch-master|vote-for-leader|elected-leader|try-failover|new-epoch|failover-\S+|selected-slave|no-good-slave|failover|tilt|promoted-slave|monitor|set).*)$/;

/** What the Sentinels wrote of failures and elections since then, with the times at which their kubelets took it. @throws ClusterError */
export async function readSentinelLog(
  cluster: Cluster,
  { namespace, names, since }: { namespace: string; names: ReadonlySet<string>; since: number },
  signal: AbortSignal,
): Promise<NonNullable<RedisFacts['log']>> {
  const pods = (await cluster.listPods(namespace, undefined, signal)).filter((pod) => names.has(pod.metadata?.name ?? ''));
  const logs = await Promise.all(
    pods.map(async (pod) => {
      const name = pod.metadata?.name ?? '';
      const text = await cluster.readLog({ namespace, pod: name, container: containerOf(pod) }, new Date(since), signal);
      return parseSentinelLog(name, text, since);
    }),
  );
  return logs
    .flat()
    .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
    .slice(-mostLines);
}

export function parseSentinelLog(pod: string, text: string, since: number): NonNullable<RedisFacts['log']> {
  return text.split('\n').flatMap((one) => {
    const { at, text: said } = one.match(line)?.groups ?? {};
    if (at === undefined || said === undefined || Date.parse(at) < since) return [];
    return [{ at: new Date(at).toISOString(), pod, line: said.trim().slice(0, longestLine) }];
  });
}

/** The container that is the Sentinel, in a pod of several. */
function containerOf(pod: V1Pod): string {
  const containers = pod.spec?.containers ?? [];
  const sentinel = containers.find((container) => isSentinel({ ...pod, spec: { containers: [container] }, metadata: {} }));
  return (sentinel ?? containers[0])?.name ?? '';
}
