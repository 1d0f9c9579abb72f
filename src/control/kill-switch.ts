import type { Client } from '@temporalio/client';
import type { ArbiterMemo } from '../contracts/arbiter.ts';
import type { AbortInput, Asked } from '../contracts/control.ts';
import { taskQueue } from '../contracts/names.ts';
import { arbitratedClusters, haltCluster, liftCluster, readArbiter } from '../temporal/arbiter-client.ts';

/** What a cluster's arbiter shows; null: there was no run on it yet, or its arbiter has not begun. */
export interface ClusterControl {
  cluster: string;
  arbiter: ArbiterMemo | null;
}

/** Every cluster that is configured here, or has an arbiter: whoever throws the switch may be configured with fewer. */
export async function clustersOf(client: Client, configured: readonly string[], only?: string): Promise<string[]> {
  if (only !== undefined) return [only];
  return [...new Set([...configured, ...(await arbitratedClusters(client))])].sort();
}

/** Throws the kill switch of each cluster. It is in Temporal's history when this returns, and takes effect as soon as a worker runs. */
export async function haltClusters(client: Client, clusters: readonly string[], { actor, reason }: AbortInput): Promise<void> {
  await Promise.all(clusters.map((cluster) => haltCluster({ client, cluster, taskQueue }, { actor, reason })));
}

/** Lifts the kill switch of each cluster. */
export async function liftClusters(client: Client, clusters: readonly string[], asked: Asked): Promise<void> {
  await Promise.all(clusters.map((cluster) => liftCluster({ client, cluster, taskQueue }, asked)));
}

export function readClusters(client: Client, clusters: readonly string[]): Promise<ClusterControl[]> {
  return Promise.all(clusters.map(async (cluster) => ({ cluster, arbiter: await readArbiter(client, cluster) })));
}
