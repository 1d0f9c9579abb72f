import { errorMessage } from '../../src/error-message.ts';
import type { Cluster } from '../../src/kubernetes/cluster.ts';

export const redisPods = ['redis-leader-0', 'redis-leader-1', 'redis-leader-2'];
export const sentinelPods = ['redis-sentinel-0', 'redis-sentinel-1', 'redis-sentinel-2'];

/** Where the example runs. */
export interface Example {
  cluster: Cluster;
  namespace: string;
  signal: AbortSignal;
}

/** What redis and its Sentinels say of themselves. */
export interface Replication {
  /** the one pod that says it is the primary; undefined: none, or several */
  primary: string | undefined;
  /** what keeps it from being one primary with two replicas on which all Sentinels agree; empty: nothing */
  missing: string[];
}

/** Runs redis-cli in a pod; its answer, without line ends around it. @throws ClusterError */
export async function redisCli({ cluster, namespace, signal }: Example, pod: string, ...command: string[]): Promise<string> {
  const sentinel = sentinelPods.includes(pod);
  const argv = ['redis-cli', '-p', sentinel ? '26379' : '6379', ...command];
  const { stdout, stderr } = await cluster.exec({ namespace, pod, container: sentinel ? 'sentinel' : 'redis' }, argv, {
    timeoutMs: 10_000,
    signal,
  });
  return (stdout || stderr).replaceAll('\r', '').trim();
}

/** Asks every redis and every Sentinel. One that cannot be asked is among what is missing. */
export async function readReplication(example: Example): Promise<Replication> {
  const [instances, sentinels] = await Promise.all([
    Promise.all(redisPods.map((pod) => askOr(example, pod, 'INFO', 'replication'))),
    Promise.all(
      sentinelPods.map(async (pod) => ({
        primary: (await askOr(example, pod, 'SENTINEL', 'get-master-addr-by-name', 'redis')).split(/[.\n]/, 1)[0] ?? '',
        quorum: await askOr(example, pod, 'SENTINEL', 'ckquorum', 'redis'),
      })),
    ),
  ]);
  const missing: string[] = [];
  const primaries: string[] = [];
  for (const [index, info] of instances.entries()) {
    const pod = redisPods[index] ?? '';
    const field = (name: string) => info.match(new RegExp(`^${name}:(.*)$`, 'm'))?.[1];
    if (field('role') === 'master') {
      primaries.push(pod);
      const replicas = field('connected_slaves');
      if (replicas !== '2') missing.push(`primary ${pod} has ${replicas} of 2 replicas`);
    } else if (field('role') !== 'slave') {
      missing.push(`${pod}: ${info}`);
    } else if (field('master_link_status') !== 'up') {
      missing.push(`${pod}'s link to ${field('master_host')} is down`);
    }
  }
  const primary = primaries.length === 1 ? primaries[0] : undefined;
  if (primary === undefined) missing.push(primaries.length === 0 ? 'no primary' : `several primaries: ${primaries.join(', ')}`);
  for (const [index, { primary: named, quorum }] of sentinels.entries()) {
    if (primary !== undefined && named !== primary) missing.push(`${sentinelPods[index]} names ${named || 'nobody'} as the primary`);
    if (!quorum.startsWith('OK 3 ')) missing.push(`${sentinelPods[index]}: ${quorum}`);
  }
  return { primary, missing };
}

async function askOr(example: Example, pod: string, ...command: string[]): Promise<string> {
  try {
    return await redisCli(example, pod, ...command);
  } catch (error) {
    example.signal.throwIfAborted();
    return errorMessage(error);
  }
}
