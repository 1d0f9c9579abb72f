import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { ExperimentReport, Report } from '../contracts/report.ts';
import { BoundedLabels } from '../metrics/bounded-labels.ts';
import { createFaultMetrics, type FaultMetrics } from './fault-metrics.ts';
import { createProbeMetrics, type ProbeMetrics } from './probe-metrics.ts';

/** Metrics of runs, exported by the worker. */
export interface RunMetrics extends FaultMetrics, ProbeMetrics {
  finished(report: Report): void;
}

/** Of whom a metric tells; campaigns, namespaces and, in what is refused, clusters are named by users. */
const where = ['campaign', 'cluster', 'namespace'] as const;

export function createRunMetrics(registry: Registry): RunMetrics {
  const registers = [registry];
  const runs = new Counter({ name: 'squall_runs_total', help: 'Finished runs', labelNames: [...where, 'verdict'], registers });
  const durations = new Histogram({
    name: 'squall_run_duration_seconds',
    help: 'From the start of a run to its report',
    labelNames: ['verdict'],
    buckets: [10, 30, 60, 120, 300, 600, 1_800, 3_600, 21_600, 86_400],
    registers,
  });
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
  const lateness = new Histogram({
    name: 'squall_undo_lateness_seconds',
    help: 'How much later than planned faults of finished runs ended, by which of the three clocks ended them; ended early is 0',
    labelNames: ['clock'],
    buckets: [0.1, 0.25, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300],
    registers,
  });
  const findings = new Counter({
    name: 'squall_findings_total',
    help: 'Findings of the analysis in finished runs',
    labelNames: ['rule', 'severity'],
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
  const lastElectionAt = new Gauge({
    name: 'redis_leader_election_last_timestamp_seconds',
    help: 'When the run ended that measured the last election, in seconds since the epoch',
    labelNames: [...where],
    registers,
  });
  const bounded = new BoundedLabels(where);

  function experimentFinished(experiment: ExperimentReport): void {
    const { fault, verdict, recoverySeconds, revertLateMs, revertedBy } = experiment;
    experiments.inc({ fault, verdict });
    if (recoverySeconds !== null) recovery.observe({ fault }, recoverySeconds);
    if (revertedBy !== null && revertLateMs !== null) lateness.observe({ clock: revertedBy }, Math.max(0, revertLateMs) / 1_000);
  }

  return {
    ...createFaultMetrics(registry),
    ...createProbeMetrics(registry),
    finished(report) {
      const labels = bounded.of({ campaign: report.campaign, cluster: report.cluster, namespace: report.namespace });
      runs.inc({ ...labels, verdict: report.verdict });
      durations.observe({ verdict: report.verdict }, (Date.parse(report.endedAt) - Date.parse(report.startedAt)) / 1_000);
      if (report.score !== null) score.set(labels, report.score);
      for (const { rule, severity } of report.findings) findings.inc({ rule, severity });
      for (const experiment of report.experiments) {
        experimentFinished(experiment);
        for (const probe of experiment.probes) {
          const seconds = probe.type === 'redis-leader-election' ? probe.max : null;
          if (seconds === null) continue;
          election.observe(labels, seconds);
          lastElection.set(labels, seconds);
          lastElectionAt.set(labels, Date.parse(report.endedAt) / 1_000);
        }
      }
    },
  };
}
