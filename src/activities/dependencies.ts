import type { Cluster } from '../kubernetes/cluster.ts';
import type { Receiver } from '../notifications/receiver.ts';
import type { ClusterPolicy } from '../policy/cluster-policy.ts';
import type { ReachMode } from '../probes/reach.ts';
import type { RolloutMetrics } from '../triggers/rollout-metrics.ts';
import type { JanitorMetrics } from './janitor-metrics.ts';
import type { RunMetrics } from './run-metrics.ts';

/** What is configured of a cluster beside the way to it. */
export interface ClusterSettings {
  agentImage: string;
  reach: ReachMode;
  /** base address of the Prometheus that scrapes the systems under test; null: none configured */
  prometheusUrl: string | null;
}

/** What activities need of the world. */
export interface Dependencies {
  /** a configured cluster by its name; throws for an unknown one */
  cluster(name: string): Cluster;
  /** what the service allows on a cluster */
  policy(cluster: string): ClusterPolicy;
  /** what else is configured of a cluster */
  ofCluster(cluster: string): ClusterSettings;
  /** clusters that others serve: their own workers; absent: none */
  ownWorkers?: readonly string[];
  metrics: RunMetrics;
  janitorMetrics: JanitorMetrics;
  /** who is told of runs */
  receivers: readonly Receiver[];
  rolloutMetrics: RolloutMetrics;
  /** between two looks at the workloads whose rollouts start saved campaigns */
  rolloutIntervalMs: number;
}
