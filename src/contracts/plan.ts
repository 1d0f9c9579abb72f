import type { Campaign, ExperimentSpec, Parameters, ProbeSpec, Warning, WorkloadKind } from './campaign.ts';

/** What was seen of the workload when the plan was made. */
export interface Inventory {
  cluster: string;
  namespace: string;
  workload: { kind: WorkloadKind; name: string; replicas: number; terminationGracePeriodSeconds: number } | null;
  /** the label selector that finds the workload's pods */
  selector: string;
  pods: InventoryPod[];
  /** when there are no pods: labels that pods of the namespace do carry, as `key=value` */
  labelsNearby?: string[];
  /** what the pods were recognised as, by asking them; null: nothing squall knows more of than its pods */
  application: RedisTopology | null;
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
  error?: string;
}

export interface SentinelEndpoint {
  pod: string;
  ip: string;
}

/** A pod an experiment acts on. The uid says which incarnation of it. */
export interface PodTarget {
  namespace: string;
  pod: string;
  uid: string;
  ip: string;
  node: string;
  zone: string | null;
  container: string;
  role: 'redis-primary' | 'redis-replica' | null;
}

export interface PlannedExperiment {
  spec: ExperimentSpec;
  /** effective hypothesis: the experiment's, else the campaign's, else the workload's defaults */
  hypothesis: ProbeSpec[];
  /** as of plan time; a choice by role is made anew, from the same seed, when the experiment starts */
  targets: PodTarget[];
  /** the fault lasts for its duration; false: it is done in an instant, and the duration is how long its consequences are observed */
  holds: boolean;
  /** what will be done, and what will undo it, in words */
  inject: string;
  undo: string;
}

/** A rule of the Role a campaign needs. */
export interface Permission {
  apiGroup: string;
  resource: string;
  subresource?: string;
  verbs: string[];
}

/** Plain data a run executes, and nothing else. */
export interface Plan {
  campaign: Campaign;
  seed: string;
  inventory: Inventory;
  experiments: PlannedExperiment[];
  permissions: Permission[];
  warnings: Warning[];
  /** why the run may not start; empty: it may */
  refusals: Refusal[];
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
  targets: PodTarget[];
  parameters: Parameters;
  /** what prepare chose, for example `nfqueue` */
  mechanism: string;
  /** the planned end, by the workflow's clock; 0 for a fault without duration */
  endsAt: number;
  /** when the carrier ends it, come what may: a little after endsAt, so that the workflow is first when it lives */
  deadline: number;
}
