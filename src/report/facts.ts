import { targetName } from '../contracts/plan.ts';
import type { ExperimentReport, Report } from '../contracts/report.ts';
import { formatDuration, formatNumber, formatPercent } from './format.ts';

/** What the head of every report says, as pairs of a label and a text. */
export function headFacts(report: Report): [label: string, text: string][] {
  const took = formatDuration(Date.parse(report.endedAt) - Date.parse(report.startedAt));
  return [
    ['Score', report.score === null ? 'none: nothing was scored' : formatNumber(report.score)],
    [
      'Gate',
      report.gate === null ? 'none' : `${report.gate.passed ? 'passed' : 'not passed'}, at least ${formatNumber(report.gate.threshold)}`,
    ],
    ['Run', describeRun(report)],
    ['Target', `${report.workload} in ${report.namespace} of cluster ${report.cluster}`],
    ['Time', `${report.startedAt} to ${report.endedAt}, ${took}`],
    ['Longest election', report.leaderElectionSeconds === null ? 'none' : `${formatNumber(report.leaderElectionSeconds)} s`],
    ...(report.dashboards ?? []).map(({ name, queries, withData }): [string, string] => [
      'Dashboard',
      `${name}: ${withData} of ${queries} queries had data before the chaos`,
    ]),
  ];
}

/** Which run it was. */
export function describeRun({ runId, seed, startedBy }: Report): string {
  return `${runId}, seed ${seed}${startedBy === undefined ? '' : `, started by ${startedBy}`}`;
}

/** What there is to know of an experiment beside its probes. */
export function experimentFacts(experiment: ExperimentReport): [label: string, text: string][] {
  const { injectedAt, revertedAt, revertedBy, confirmedAt, mechanism, outcome, acknowledgedBy } = experiment;
  const parameters = Object.entries(experiment.parameters).map(
    ([name, value]) => `${name} ${typeof value === 'object' ? JSON.stringify(value) : value}`,
  );
  const facts: [string, string | null][] = [
    ['Cluster', experiment.cluster ?? null],
    ['Targets', experiment.targets.map(targetName).join(', ') || 'none'],
    ['Parameters', parameters.join(', ') || 'none'],
    ['Duration', formatDuration(experiment.durationSeconds * 1_000)],
    ['Mechanism', mechanism],
    ['Injected', injectedAt],
    ['Undone', revertedAt === null ? null : `${revertedAt}, by the ${revertedBy ?? 'unknown'}`],
    ['Proven gone', confirmedAt],
    ['Outcome', outcome],
    ['Taken on', acknowledgedBy === null ? null : `by ${acknowledgedBy.actor}: ${acknowledgedBy.reason}`],
    ['Recovery', experiment.recoverySeconds === null ? null : `${formatNumber(experiment.recoverySeconds)} s`],
  ];
  return facts.flatMap(([label, text]): [string, string][] => (text === null ? [] : [[label, text]]));
}

export const probeColumns = ['Probe', 'Verdict', 'Expected', 'Success', 'p50', 'p95', 'Max', 'Samples'] as const;

/** A probe's name, with the cluster it looked at where that is not its experiment's. */
export function nameOfProbe({ name, place }: Pick<ExperimentReport['probes'][number], 'name' | 'place'>): string {
  return place?.cluster === undefined ? name : `${name} in ${place.cluster}`;
}

/** A probe as a row under these columns. */
export function probeRow(probe: ExperimentReport['probes'][number], expected: string): string[] {
  const value = (number: number | null) =>
    number === null ? '–' : `${formatNumber(number)}${probe.unit === 'none' || probe.unit === '' ? '' : ` ${probe.unit}`}`;
  return [
    nameOfProbe(probe),
    probe.verdict,
    expected,
    formatPercent(probe.successPercent),
    value(probe.p50),
    value(probe.p95),
    value(probe.max),
    String(probe.samples.length),
  ];
}
