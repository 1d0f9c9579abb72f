import type { Campaign, CampaignTarget, ExperimentSpec, Parameters, ProbeSpec, Warning, WorkloadKind } from './campaign.ts';

/** What was seen of the workload when the plan was made. */
export interface Inventory {
  cluster: string;
  namespace: string;
  workload: InventoryWorkload | null;
  /** the label selector that finds the workload's pods */
  selector: string;
  pods: InventoryPod[];
  /** the cluster's nodes, when the campaign speaks of nodes or zones; empty otherwise, since a cluster may have thousands */
  nodes: InventoryNode[];
  /** when there are no pods: labels that pods of the namespace do carry, as `key=value` */
  labelsNearby?: string[];
  /** disruption budgets that cover some of the pods; absent: no fault of the campaign takes pods away, or it ignores budgets */
  disruptionBudgets?: DisruptionBudget[];
  /** what the pods were recognised as, by asking them; null: nothing squall knows more of than its pods */
  application: RedisTopology | null;
}

export interface InventoryWorkload {
  kind: WorkloadKind;
  name: string;
  uid: string;
  replicas: number;
  terminationGracePeriodSeconds: number;
}

export interface InventoryPod {
  name: string;
  uid: string;
  ip: string;
  node: string;
  zone: string | null;
  ready: boolean;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  /** names of its containers, the default one first */
  containers: string[];
}

export interface InventoryNode {
  name: string;
  uid: string;
  /** its internal address */
  ip: string;
  zone: string | null;
  ready: boolean;
  /** cordoned */
  unschedulable: boolean;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

export interface DisruptionBudget {
  name: string;
  /** pods that are Ready, and not on their way out, as counted when the plan was made */
  healthy: number;
  /** how many have to be, as Kubernetes makes it of minAvailable or maxUnavailable */
  desired: number;
  /** those of the inventory's pods that it covers */
  pods: string[];
}

/** A redis with replication, as its own pods and Sentinels describe it. */
export interface RedisTopology {
  kind: 'redis';
  port: number;
  instances: RedisInstance[];
  /** null: no Sentinel watches it */
  sentinel: { master: string; port: number; quorum: number; downAfterMs: number; endpoints: SentinelEndpoint[] } | null;
}

export interface RedisInstance {
  pod: string;
  role: 'primary' | 'replica' | 'unreachable';
  runId: string | null;
  /** for a replica: the host it replicates from, as INFO replication has it, and whether the link is up */
  primaryHost: string | null;
  linkUp: boolean | null;
  /** for a primary: replicas connected */
  connectedReplicas: number | null;
  /** without its replicas; absent: it did not say */
  connectedClients?: number;
  error?: string;
}

export interface SentinelEndpoint {
  pod: string;
  ip: string;
}

/** What an experiment acts on. */
export type Target = PodTarget | NodeTarget | ObjectTarget;

/** A pod. The uid says which incarnation of it. */
export interface PodTarget {
  kind: 'pod';
  namespace: string;
  pod: string;
  uid: string;
  ip: string;
  node: string;
  zone: string | null;
  container: string;
  role: 'redis-primary' | 'redis-replica' | null;
  /** which incarnation of the container, by its runtime's id; set by the preparation of a fault that ends it */
  containerId?: string;
}

export interface NodeTarget {
  kind: 'node';
  node: string;
  uid: string;
  /** its internal address */
  ip: string;
  zone: string | null;
}

/** An object of the API: a workload that is scaled, a Service that is deleted. */
export interface ObjectTarget {
  kind: 'object';
  apiVersion: string;
  objectKind: string;
  namespace: string;
  name: string;
  /** null: it is read when the fault is prepared */
  uid: string | null;
}

/** A target's name in evidence, events and reports: `redis-0`, `node/worker-1`, `ConfigMap/settings`. */
export function targetName(target: Target): string {
  switch (target.kind) {
    case 'pod':
      return target.pod;
    case 'node':
      return `node/${target.node}`;
    case 'object':
      return `${target.objectKind}/${target.name}`;
  }
}

export interface PlannedExperiment {
  spec: ExperimentSpec;
  /** absent: the campaign's */
  cluster?: string;
  /** effective hypothesis: the experiment's, else the campaign's, else the workload's defaults */
  hypothesis: ProbeSpec[];
  /** as of plan time; a choice by role is made anew, from the same seed, when the experiment starts */
  targets: Target[];
  /** the fault lasts for its duration; false: it is done in an instant, and the duration is how long its consequences are observed */
  holds: boolean;
  /** what will be done, and what will undo it, in words */
  inject: string;
  undo: string;
}

/** A rule of the Role a campaign needs; of a ClusterRole for what has no namespace, for example nodes. */
export interface Permission {
  apiGroup: string;
  resource: string;
  subresource?: string;
  verbs: string[];
  /** in every namespace: what happens to a node happens to all pods on it */
  allNamespaces?: true;
}

/** What a plan has of a workload that is not the campaign's own. */
export interface PlanPart {
  target: CampaignTarget;
  /** experiments act on it: in each cluster on one workload. False: probes look at it */
  acts: boolean;
  inventory: Inventory;
  permissions: Permission[];
}

/** Plain data a run executes, and nothing else. */
export interface Plan {
  campaign: Campaign;
  seed: string;
  inventory: Inventory;
  /** other workloads that it acts on or looks at; absent: none */
  others?: PlanPart[];
  /** the clusters of these that have workers of their own; absent: none */
  ownWorkers?: string[];
  experiments: PlannedExperiment[];
  /** in the campaign's own cluster */
  permissions: Permission[];
  /** the dashboards of its preflight, as they were found; absent: it names none */
  dashboards?: PlannedDashboard[];
  warnings: Warning[];
  /** why the run may not start; empty: it may */
  refusals: Refusal[];
}

/** A dashboard whose panels were asked before anything was touched. */
export interface PlannedDashboard {
  name: string;
  queries: number;
  /** of these queries */
  withData: number;
  /** panels without data that may be so */
  empty: string[];
  /** panels that ask no Prometheus, and why */
  unasked: { panel: string; why: string }[];
}

export interface Refusal {
  /** a stable code in kebab-case, for example `not-replicated` */
  code: string;
  /** the object or the place in the document */
  subject: string;
  message: string;
}

/** One fault on one set of targets: what the five verbs act on. Its id makes them idempotent. */
export interface FaultInstance {
  /** unique and stable over retries, at most 63 of [a-z0-9-] */
  id: string;
  runId: string;
  experiment: string;
  fault: string;
  cluster: string;
  /** the campaign's namespace */
  namespace: string;
  /** finds the workload's pods, as kubectl writes it */
  selector: string;
  targets: Target[];
  parameters: Parameters;
  onRestart: ExperimentSpec['onRestart'];
  /** what prepare chose, for example `nfqueue` */
  mechanism: string;
  /** the planned end, by the workflow's clock; 0 for a fault without duration */
  endsAt: number;
  /** when the carrier ends it, come what may: a little after endsAt, so that the workflow is first when it lives */
  deadline: number;
}
