import type { Example } from './replication.ts';

/** The load writer's counters; `lost` are writes that were acknowledged and later were not there. */
export interface LoadCounters {
  acknowledged: number;
  errors: number;
  lost: number;
}

/** Reads the load writer's metrics through the API server. @throws Error when there is no writer, or it does not answer */
export async function readLoadCounters({ cluster, namespace, signal }: Example): Promise<LoadCounters> {
  const pods = await cluster.listPods(namespace, 'app=redis-load', signal);
  const pod = pods.find(({ metadata, status }) => status?.phase === 'Running' && metadata?.deletionTimestamp === undefined)?.metadata?.name;
  if (pod === undefined) throw new Error(`namespace ${namespace}: no pod of app=redis-load is running`);
  await using forward = await cluster.portForward(namespace, pod, 9122);
  const response = await fetch(`http://${forward.host}:${forward.port}/metrics`, {
    signal: AbortSignal.any([signal, AbortSignal.timeout(5_000)]),
  });
  const text = await response.text();
  const value = (series: string): number => {
    const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `));
    if (line === undefined) throw new Error(`pod ${namespace}/${pod}: its metrics have no ${series}`);
    return Number(line.slice(series.length));
  };
  return {
    acknowledged: value('redis_load_writes_total{outcome="acknowledged"}'),
    errors: value('redis_load_writes_total{outcome="error"}'),
    lost: value('redis_load_lost_writes_total'),
  };
}
