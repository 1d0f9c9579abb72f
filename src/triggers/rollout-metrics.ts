import { Counter, type Registry } from 'prom-client';

/** Metrics of the watch over rollouts, exported by the worker that keeps it. */
export interface RolloutMetrics {
  started(schedule: string): void;
  stuck(schedule: string): void;
  failed(): void;
}

export function createRolloutMetrics(registry: Registry): RolloutMetrics {
  const registers = [registry];
  const rollouts = new Counter({
    name: 'squall_rollouts_total',
    help: 'Rollouts of workloads that start saved campaigns; stuck: it did not become healthy, and no run was started',
    labelNames: ['schedule', 'outcome'],
    registers,
  });
  const failures = new Counter({
    name: 'squall_rollout_watch_failures_total',
    help: 'Looks at a workload, or at the saved campaigns, that failed',
    registers,
  });
  return {
    started: (schedule) => rollouts.inc({ schedule, outcome: 'started' }),
    stuck: (schedule) => rollouts.inc({ schedule, outcome: 'stuck' }),
    failed: () => failures.inc(),
  };
}
