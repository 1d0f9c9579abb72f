import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { FaultInstance } from '../contracts/plan.ts';
import type { Report } from '../contracts/report.ts';
import { FailingUndos } from './failing-undos.ts';

/** Metrics of runs, exported by the worker. */
export interface RunMetrics {
  finished(report: Report): void;
  undoFailed(fault: FaultInstance): void;
  /** it is proven undone */
  undone(fault: FaultInstance): void;
}

export function createRunMetrics(registry: Registry): RunMetrics {
  const registers = [registry];
  const where = ['campaign', 'cluster', 'namespace'] as const;
  const runs = new Counter({ name: 'squall_runs_total', help: 'Finished runs', labelNames: [...where, 'verdict'], registers });
  const score = new Gauge({
    name: 'squall_run_score',
    help: 'Score of the last finished run, 0 to 100',
    labelNames: [...where],
    registers,
  });
  const experiments = new Counter({
    name: 'squall_experiments_total',
    help: 'Experiments of finished runs',
    labelNames: ['fault', 'verdict'],
    registers,
  });
  const recovery = new Histogram({
    name: 'squall_recovery_seconds',
    help: "From a fault's end until steady state was back",
    labelNames: ['fault'],
    buckets: [0.5, 1, 2, 5, 10, 15, 30, 45, 60, 120, 300],
    registers,
  });
  const samples = new Counter({
    name: 'squall_probe_samples_total',
    help: 'Probe samples of finished runs',
    labelNames: ['type', 'outcome'],
    registers,
  });
  const election = new Histogram({
    name: 'redis_leader_election_duration_seconds',
    help: 'From the fault to the first acknowledged write on the new primary, as Sentinel and every replica see it',
    labelNames: [...where],
    buckets: [1, 2, 5, 7.5, 10, 15, 20, 30, 45, 60, 120],
    registers,
  });
  const lastElection = new Gauge({
    name: 'redis_leader_election_last_duration_seconds',
    help: 'The last election measured, from the fault to the first acknowledged write on the new primary',
    labelNames: [...where],
    registers,
  });
  const undoFailures = new Counter({
    name: 'squall_undo_failures_total',
    help: 'Attempts to undo a fault, or to prove it undone, that failed',
    labelNames: ['fault'],
    registers,
  });
  const failing = new FailingUndos();
  new Gauge({
    name: 'squall_undo_failing',
    help: 'Faults whose last attempt at undoing failed and that are not undone yet, in this worker',
    labelNames: ['fault'],
    registers,
    collect() {
      this.reset();
      for (const [fault, count] of failing.count()) this.set({ fault }, count);
    },
  });

  return {
    finished(report) {
      const labels = { campaign: report.campaign, cluster: report.cluster, namespace: report.namespace };
      runs.inc({ ...labels, verdict: report.verdict });
      if (report.score !== null) score.set(labels, report.score);
      for (const experiment of report.experiments) {
        experiments.inc({ fault: experiment.fault, verdict: experiment.verdict });
        if (experiment.recoverySeconds !== null) recovery.observe({ fault: experiment.fault }, experiment.recoverySeconds);
        for (const probe of experiment.probes) {
          for (const sample of probe.samples) samples.inc({ type: probe.type, outcome: sample.ok ? 'ok' : 'failed' });
          const seconds = probe.type === 'redis-leader-election' ? probe.max : null;
          if (seconds === null) continue;
          election.observe(labels, seconds);
          lastElection.set(labels, seconds);
        }
      }
    },
    undoFailed(fault) {
      undoFailures.inc({ fault: fault.fault });
      failing.failed(fault);
    },
    undone(fault) {
      failing.undone(fault);
    },
  };
}
