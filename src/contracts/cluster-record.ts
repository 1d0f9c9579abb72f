/**
 * What a cluster told of a workload around an experiment: from shortly before the fault until steady state was back, or was not
 * waited for any longer. Bounded: what was left out is counted. What could not be read is named in `gaps`, and is null here.
 * Times are ISO 8601 in UTC.
 */
export interface ClusterRecord {
  cluster: string;
  namespace: string;
  from: string;
  to: string;
  /** in the order of their times; at most 200 */
  events: ClusterEvent[];
  eventsLeftOut: number;
  /** as they were at `to` */
  pods: PodFacts[];
  podsLeftOut: number;
  /** zones of the cluster's nodes; null: not known */
  zones: string[] | null;
  workload: WorkloadFacts | null;
  /** disruption budgets that cover pods of the workload; null: not known */
  budgets: BudgetFacts[] | null;
  /** null: it is no redis, or could not be asked */
  redis: RedisFacts | null;
  /** of containers with a CPU limit; null: no Prometheus knows */
  throttling: ThrottlingFacts[] | null;
  /** what could not be read and why, for example `disruption budgets: forbidden` */
  gaps: string[];
}

/** An event of the cluster's, or several alike that it counted as one. */
export interface ClusterEvent {
  /** when it happened last */
  at: string;
  /** when it happened first, where that is another time */
  firstAt?: string;
  cluster: string;
  /** of the object it is about: `Pod`, `StatefulSet`, `Node` … */
  kind: string;
  /** empty: an object of the cluster itself */
  namespace: string;
  name: string;
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
  count: number;
}

export interface PodFacts {
  name: string;
  uid: string;
  /** null: it runs on none yet */
  node: string | null;
  zone: string | null;
  phase: string;
  createdAt: string;
  /** when it is to be gone: it is being deleted */
  deletedAt?: string;
  conditions: { type: string; status: string; at: string | null; reason?: string; message?: string }[];
  containers: ContainerFacts[];
}

export interface ContainerFacts {
  name: string;
  ready: boolean;
  restarts: number;
  /** null: it runs not */
  startedAt: string | null;
  /** why it does not run yet */
  waiting: { reason: string; message: string } | null;
  /** how it ended the last time; null: it never did */
  ended: { reason: string; exitCode: number; startedAt: string | null; finishedAt: string | null } | null;
}

/** Of the workload's specification, as it was at `to`. */
export interface WorkloadFacts {
  kind: string;
  name: string;
  replicas: number;
  terminationGracePeriodSeconds: number;
  containers: ContainerSpecFacts[];
  /** what is to keep its pods apart: topology keys */
  spread: string[];
  /** names of its templates of volume claims, and the claims its pods mount */
  claims: string[];
}

export interface ContainerSpecFacts {
  name: string;
  readiness: ProbeFacts | null;
  liveness: ProbeFacts | null;
  /** for example `500m` */
  cpuLimit: string | null;
  memoryLimit: string | null;
}

export interface ProbeFacts {
  how: 'exec' | 'httpGet' | 'tcpSocket' | 'grpc';
  initialDelaySeconds: number;
  periodSeconds: number;
  timeoutSeconds: number;
  failureThreshold: number;
  successThreshold: number;
}

export interface BudgetFacts {
  name: string;
  /** names of the workload's pods that it covers */
  pods: string[];
  desiredHealthy: number;
  disruptionsAllowed: number;
}

export interface RedisFacts {
  instances: RedisInstanceFacts[];
  sentinels: SentinelFacts[];
  /** what Sentinels wrote of failures and elections, in the order of time; null: their logs could not be read */
  log: { at: string; pod: string; line: string }[] | null;
}

/** What is null, the instance did not say. */
export interface RedisInstanceFacts {
  pod: string;
  role: 'primary' | 'replica' | 'unreachable';
  replicaPriority: number | null;
  minReplicasToWrite: number | null;
  minReplicasMaxLag: number | null;
  /** without its replicas */
  connectedClients: number | null;
}

export interface SentinelFacts {
  pod: string;
  /** null: it did not answer, and `error` says why */
  master: {
    name: string;
    quorum: number;
    downAfterMs: number;
    failoverTimeoutMs: number;
    parallelSyncs: number;
    /** that it knows of beside itself, whether they are there or not */
    otherSentinels: number;
    replicas: number;
  } | null;
  error?: string;
}

/** Of the kernel's CPU periods in which a container ran, those in which it was held back by its limit. */
export interface ThrottlingFacts {
  pod: string;
  container: string;
  periods: number;
  throttledPeriods: number;
}
