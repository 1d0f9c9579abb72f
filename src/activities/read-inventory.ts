import type { V1Pod } from '@kubernetes/client-node';
import { matchesLabels } from '../campaign/label-selector.ts';
import { needsDisruptionBudgets } from '../campaign/plan.ts';
import type { Campaign, CampaignTarget, WorkloadKind } from '../contracts/campaign.ts';
import { objectKeys } from '../contracts/object-keys.ts';
import type { Inventory, InventoryPod } from '../contracts/plan.ts';
import { experimentsOf } from '../contracts/targets.ts';
import { findFault } from '../faults/declarations.ts';
import { RefusedError } from '../faults/verbs.ts';
import type { Cluster, Workload } from '../kubernetes/cluster.ts';
import { isReady } from '../kubernetes/is-ready.ts';
import { formatLabelSelector } from '../kubernetes/label-selector.ts';
import { isOwnedBy } from '../kubernetes/pod-owner.ts';
import { discoverRedis } from '../probes/redis/topology.ts';
import type { Dependencies } from './dependencies.ts';
import { inventoryNode, zonesOf } from './inventory-node.ts';
import { readDisruptionBudgets } from './read-disruption-budgets.ts';

const defaultContainerAnnotation = 'kubectl.kubernetes.io/default-container';

/** What is there of the campaign's target: its workload, its live pods, and the application they are recognised as. */
export async function readInventory(campaign: Campaign, deps: Dependencies, signal: AbortSignal): Promise<Inventory> {
  const { target } = campaign;
  const cluster = deps.cluster(target.cluster);
  const [{ workload, selector, pods: found }, nodes, namespace] = await Promise.all([
    findPods(cluster, target, signal),
    cluster.listNodes(undefined, signal),
    cluster.readNamespace(target.namespace, signal),
  ]);
  if (namespace === undefined) throw new RefusedError(`namespace ${target.namespace} does not exist in cluster ${target.cluster}`);
  const zones = zonesOf(nodes);
  const pods = found.filter(isLive);
  const inherited = { ...namespace.metadata?.annotations, ...workload?.annotations };
  return {
    cluster: target.cluster,
    namespace: target.namespace,
    workload:
      workload === undefined
        ? null
        : {
            kind: workload.kind,
            name: workload.name,
            uid: workload.uid,
            replicas: workload.replicas,
            terminationGracePeriodSeconds: workload.terminationGracePeriodSeconds,
          },
    selector,
    pods: pods.map((pod) => inventoryPod(pod, zones, inherited)),
    nodes: speaksOfNodes(campaign) ? nodes.map(inventoryNode) : [],
    ...(needsDisruptionBudgets(campaign) && { disruptionBudgets: await readDisruptionBudgets(cluster, target.namespace, pods, signal) }),
    ...(pods.length === 0 && { labelsNearby: await labelsNearby(cluster, target.namespace, signal) }),
    application: await discoverRedis(cluster, target.namespace, pods, deps.ofCluster(target.cluster).reach, signal),
  };
}

/** Whether a plan needs the cluster's nodes: for their own sake, or to choose pods by. */
function speaksOfNodes({ steps }: Campaign): boolean {
  return experimentsOf(steps).some(({ fault, selection: { nodes, nodeSelector, zones } }) => {
    return findFault(fault)?.fault.targets === 'nodes' || nodes !== undefined || nodeSelector !== undefined || zones !== undefined;
  });
}

/** Some labels that pods of the namespace carry, for someone whose selector found none. */
async function labelsNearby(cluster: Cluster, namespace: string, signal: AbortSignal): Promise<string[]> {
  const pods = await cluster.listPods(namespace, undefined, signal);
  const labels = pods.filter(isLive).flatMap((pod) => Object.entries(pod.metadata?.labels ?? {}).map(([key, value]) => `${key}=${value}`));
  return [...new Set(labels)].sort().slice(0, 10);
}

interface Found {
  workload: Workload | undefined;
  selector: string;
  /** all that the selector finds */
  pods: V1Pod[];
}

/** The pods meant and their workload: by its name, else the one whose pods the selector finds. */
async function findPods(cluster: Cluster, target: CampaignTarget, signal: AbortSignal): Promise<Found> {
  const { namespace } = target;
  if (target.kind === 'Pod' && target.name !== undefined) return likePod(target.name, cluster, target, signal);
  const kinds = kindsOf(target);
  const workloads = Promise.all(kinds.map((kind) => cluster.listWorkloads(namespace, kind, undefined, signal)));
  if (target.name === undefined) {
    const selector = podSelector(target, undefined);
    // In a large cluster its pods are by far the most: they are listed once.
    const [pods, all] = await Promise.all([cluster.listPods(namespace, selector, signal), workloads]);
    return { workload: ownerOf(pods, all.flat(), target), selector, pods };
  }
  const workload = named(target.name, (await workloads).flat(), target);
  const selector = podSelector(target, workload);
  return { workload, selector, pods: await cluster.listPods(namespace, selector, signal) };
}

/** Labels that tell pods of one workload apart, or a workload's revisions. */
const ofOneAlone = [
  'statefulset.kubernetes.io/pod-name',
  'apps.kubernetes.io/pod-index',
  'controller-revision-hash',
  'pod-template-generation',
  'pod-template-hash',
];

/** A pod that is the target by its name, and those like it: among them is what comes in its place. Only it is acted on. */
async function likePod(name: string, cluster: Cluster, { namespace, selector }: CampaignTarget, signal: AbortSignal): Promise<Found> {
  const all = await cluster.listPods(namespace, selector, signal);
  const pod = all.find(({ metadata }) => metadata?.name === name);
  if (pod === undefined) {
    const known = all.map(({ metadata }) => metadata?.name).join(', ') || 'none';
    const where = `namespace ${namespace}${selector === undefined ? '' : ` with ${selector}`}`;
    throw new RefusedError(`Pod ${name} does not exist in ${where}; there are: ${known}`);
  }
  const labels = Object.entries(pod.metadata?.labels ?? {}).filter(([key]) => !ofOneAlone.includes(key));
  if (labels.length === 0) {
    throw new RefusedError(`Pod ${name} in namespace ${namespace} has no labels of its own: what comes in its place could not be told`);
  }
  const alike = formatLabelSelector({ matchLabels: Object.fromEntries(labels) });
  return { workload: undefined, selector: alike, pods: all.filter((one) => matchesLabels(alike, one.metadata?.labels ?? {})) };
}

function kindsOf({ kind }: CampaignTarget): readonly WorkloadKind[] {
  if (kind === undefined) return ['StatefulSet', 'Deployment', 'DaemonSet'];
  return kind === 'Pod' ? [] : [kind];
}

function named(name: string, all: Workload[], { kind, namespace }: CampaignTarget): Workload {
  const found = all.find((workload) => workload.name === name);
  if (found !== undefined) return found;
  const known = all.map((workload) => `${workload.kind} ${workload.name}`).join(', ') || 'none';
  throw new RefusedError(`${kind ?? 'workload'} ${name} does not exist in namespace ${namespace}; there are: ${known}`);
}

/** Several are told apart only by a name. */
function ownerOf(pods: readonly V1Pod[], all: Workload[], { selector }: CampaignTarget): Workload | undefined {
  const owners = all.filter((workload) => pods.some((pod) => isOwnedBy(pod, workload)));
  if (owners.length <= 1) return owners[0];
  const list = owners.map((workload) => `${workload.kind} ${workload.name}`).join(', ');
  throw new RefusedError(`selector ${selector} finds pods of ${owners.length} workloads (${list}): name the one that is meant`);
}

function podSelector(target: CampaignTarget, workload: Workload | undefined): string {
  const selectors = [target.selector, target.name === undefined ? undefined : workload?.selector];
  return selectors.filter((selector) => selector !== undefined && selector !== '').join(',');
}

/** A pod that ended, or is on its way out, is no target. */
function isLive(pod: V1Pod): boolean {
  return pod.metadata?.deletionTimestamp === undefined && pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed';
}

function inventoryPod(pod: V1Pod, zones: Map<string, string>, inherited: Record<string, string>): InventoryPod {
  const node = pod.spec?.nodeName ?? '';
  return {
    name: pod.metadata?.name ?? '',
    uid: pod.metadata?.uid ?? '',
    ip: pod.status?.podIP ?? '',
    node,
    zone: zones.get(node) ?? null,
    ready: isReady(pod),
    labels: pod.metadata?.labels ?? {},
    annotations: optIns({ ...inherited, ...pod.metadata?.annotations }),
    containers: containerNames(pod),
  };
}

/** Only what a plan asks for: other annotations may be large, and every run's history would hold them. */
function optIns(annotations: Record<string, string>): Record<string, string> {
  const wanted: string[] = [objectKeys.chaos, objectKeys.litmusChaos, objectKeys.lastReady];
  return Object.fromEntries(Object.entries(annotations).filter(([key]) => wanted.includes(key)));
}

function containerNames(pod: V1Pod): string[] {
  const names = pod.spec?.containers.map((container) => container.name) ?? [];
  const first = pod.metadata?.annotations?.[defaultContainerAnnotation];
  return first !== undefined && names.includes(first) ? [first, ...names.filter((name) => name !== first)] : names;
}
