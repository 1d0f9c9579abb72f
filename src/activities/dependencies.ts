import type { Cluster } from '../kubernetes/cluster.ts';
import type { ClusterPolicy } from '../policy/cluster-policy.ts';
import type { ReachMode } from '../probes/reach.ts';
import type { JanitorMetrics } from './janitor-metrics.ts';
import type { RunMetrics } from './run-metrics.ts';

/** What activities need of the world. */
export interface Dependencies {
  /** a configured cluster by its name; throws for an unknown one */
  cluster(name: string): Cluster;
  /** what the service allows on a cluster */
  policy(cluster: string): ClusterPolicy;
  agentImage: string;
  reach: ReachMode;
  /** base address of the Prometheus that scrapes the systems under test; null: none configured */
  prometheusUrl: string | null;
  metrics: RunMetrics;
  janitorMetrics: JanitorMetrics;
}
