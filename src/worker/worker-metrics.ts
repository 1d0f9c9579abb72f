import { collectDefaultMetrics, Registry } from 'prom-client';
import { createJanitorMetrics, type JanitorMetrics } from '../activities/janitor-metrics.ts';
import { createRunMetrics, type RunMetrics } from '../activities/run-metrics.ts';
import type { ClusterControl } from '../control/kill-switch.ts';
import { registerBuildInfo } from '../metrics/build-info.ts';
import { createNotificationMetrics, type NotificationMetrics } from '../notifications/notification-metrics.ts';
import { createRolloutMetrics, type RolloutMetrics } from '../triggers/rollout-metrics.ts';
import { registerArbiterMetrics } from './arbiter-metrics.ts';

/** A janitor comes by again within one interval; what is older than some of them another worker knows better. */
const intervalsRemembered = 3;

export interface WorkerMetricsOptions {
  janitorIntervalMs: number;
  /** what the arbiters show, at each scrape */
  arbiters: () => Promise<ClusterControl[]>;
}

/** Everything a worker tells Prometheus of squall; docs/metrics.md is made of it. */
export interface WorkerMetrics {
  registry: Registry;
  runs: RunMetrics;
  janitor: JanitorMetrics;
  rollouts: RolloutMetrics;
  notifications: NotificationMetrics;
}

export function createWorkerMetrics({ janitorIntervalMs, arbiters }: WorkerMetricsOptions): WorkerMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  registerBuildInfo(registry);
  registerArbiterMetrics(registry, arbiters);
  return {
    registry,
    runs: createRunMetrics(registry),
    janitor: createJanitorMetrics(registry, intervalsRemembered * janitorIntervalMs),
    rollouts: createRolloutMetrics(registry),
    notifications: createNotificationMetrics(registry),
  };
}
