import { Counter, Gauge, type Registry } from 'prom-client';
import { BoundedLabels } from '../metrics/bounded-labels.ts';

/** Metrics of the watch over rollouts, exported by the worker that keeps it. */
export interface RolloutMetrics {
  started(schedule: string): void;
  stuck(schedule: string): void;
  failed(): void;
  /** the saved campaigns whose workload's rollout is stuck now */
  areStuck(schedules: string[]): void;
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
  const stuck = new Gauge({
    name: 'squall_rollout_stuck',
    help: 'Saved campaigns that wait for a rollout that does not become healthy',
    labelNames: ['schedule'],
    registers,
  });
  const bounded = new BoundedLabels(['schedule']);
  return {
    areStuck(schedules) {
      stuck.reset();
      for (const schedule of schedules) stuck.inc(bounded.of({ schedule }));
    },
    started: (schedule) => rollouts.inc({ ...bounded.of({ schedule }), outcome: 'started' }),
    stuck: (schedule) => rollouts.inc({ ...bounded.of({ schedule }), outcome: 'stuck' }),
    failed: () => failures.inc(),
  };
}
