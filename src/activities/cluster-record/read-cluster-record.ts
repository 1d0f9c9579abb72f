import { boundEvents } from '../../contracts/bounded-events.ts';
import type { ClusterEvent, ClusterRecord } from '../../contracts/cluster-record.ts';
import type { Inventory } from '../../contracts/plan.ts';
import type { Dependencies } from '../dependencies.ts';
import { zonesOf } from '../inventory-node.ts';
import { readBudgetFacts } from './budget-facts.ts';
import { readEvents, readNodeEvents } from './events.ts';
import { boundPods, podFacts } from './pod-facts.ts';
import { readPart } from './read-part.ts';
import { readRedisFacts } from './redis-facts.ts';
import { readSentinelLog } from './sentinel-log.ts';
import { readThrottlingFacts } from './throttling-facts.ts';
import { readWorkloadFacts } from './workload-facts.ts';

/** Events tell whole seconds, and what led to it began before. */
const beforehandMs = 5_000;
/** A record is worth waiting for only so long. */
const timeoutMs = 10_000;

/**
 * What the cluster has to tell of a workload since then. Never fails for what it cannot read: each gap is named.
 *
 * @throws the signal's reason
 */
export async function readClusterRecord(
  inventory: Inventory,
  since: number,
  deps: Dependencies,
  signal: AbortSignal,
): Promise<ClusterRecord> {
  const either = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const from = since - beforehandMs;
  const gaps: string[] = [];
  const { cluster: clusterName, namespace, workload, selector } = inventory;
  const cluster = deps.cluster(clusterName);
  const { reach, prometheusUrl } = deps.ofCluster(clusterName);
  const [pods, nodes] = await Promise.all([
    readPart('pods', gaps, () => cluster.listPods(namespace, selector, either)),
    readPart('nodes', gaps, () => cluster.listNodes(undefined, either)),
  ]);
  const there = pods ?? [];
  const sentinels = new Set(inventory.application?.sentinel?.endpoints.map(({ pod }) => pod) ?? []);
  const names = new Set([...inventory.pods.map(({ name }) => name), ...there.map(({ metadata }) => metadata?.name ?? ''), ...sentinels]);
  const nodeNames = new Set([...inventory.pods.map(({ node }) => node), ...there.map(({ spec }) => spec?.nodeName ?? '')]);
  const scope = { namespace, since: from, names, workload: workload?.name ?? null };
  const [events, ofNodes, workloadFacts, budgets, redis, log, throttling] = await Promise.all([
    readPart('events', gaps, () => readEvents(cluster, scope, either)),
    readPart('events of nodes', gaps, () => readNodeEvents(cluster, { since: from, nodes: nodeNames }, either)),
    workload === null || workload.kind === 'Pod'
      ? null
      : readPart('workload', gaps, () => readWorkloadFacts(cluster, namespace, workload, either)),
    readPart('disruption budgets', gaps, () => readBudgetFacts(cluster, namespace, there, either)),
    inventory.application === null
      ? null
      : readPart('redis', gaps, () => readRedisFacts(cluster, { namespace, pods: there, reach }, either)),
    sentinels.size === 0
      ? null
      : readPart('logs of Sentinels', gaps, () => readSentinelLog(cluster, { namespace, names: sentinels, since: from }, either)),
    prometheusUrl === null
      ? null
      : readPart('CPU throttling', gaps, () =>
          readThrottlingFacts(prometheusUrl, { namespace, pods: there.map(({ metadata }) => metadata?.name ?? ''), since }, either),
        ),
  ]);
  signal.throwIfAborted();
  const all: ClusterEvent[] = [...(events ?? []), ...(ofNodes ?? [])].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  const boundedEvents = boundEvents(all);
  const zones = zonesOf(nodes ?? []);
  const bounded = boundPods(
    there.map((pod) => podFacts(pod, zones)),
    from,
  );
  return {
    cluster: clusterName,
    namespace,
    from: new Date(from).toISOString(),
    to: new Date().toISOString(),
    events: boundedEvents.events,
    eventsLeftOut: boundedEvents.leftOut,
    pods: bounded.pods,
    podsLeftOut: bounded.leftOut,
    zones: nodes === null ? null : [...new Set(zones.values())].sort(),
    workload: workloadFacts,
    budgets,
    redis: redis === null ? null : { ...redis, log },
    throttling,
    gaps,
  };
}
