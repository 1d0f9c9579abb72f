import { type Target, targetName } from '../contracts/plan.ts';
import type { ExperimentReport, ProbeReport } from '../contracts/report.ts';
import { nameOfProbe } from './facts.ts';
import { formatDuration, formatNumber, formatPercent, formatTolerance, showsUnit } from './format.ts';
import { type Paint, paintVerdict } from './paint.ts';
import { type Column, renderTable, wrap } from './table.ts';

const labelWidth = 11;

/** One experiment: what was done to whom, when each step was proven, and what its probes measured. */
export function renderExperiment(experiment: ExperimentReport, number: number, paint: Paint, width: number): string[] {
  const fields = experiment.verdict === 'Skipped' ? [describeFault(experiment)] : describe(experiment);
  return [
    `${paint('strong', `${number}. ${experiment.name}`)}  ${paintVerdict(paint, experiment.verdict)}`,
    ...wrap(experiment.reason, width - 3).map((line) => `   ${line}`),
    ...fields.flatMap(([label, value]) => renderField(label, value, width)),
    ...renderProbes(experiment.probes, width),
  ];
}

function renderField(label: string, value: string, width: number): string[] {
  return wrap(value, width - 3 - labelWidth).map((line, index) => `   ${(index === 0 ? label : '').padEnd(labelWidth)}${line}`);
}

function describeFault(experiment: ExperimentReport): [string, string] {
  const parameters = Object.entries(experiment.parameters).map(
    ([name, value]) => `${name}=${Array.isArray(value) ? value.join(',') : typeof value === 'object' ? JSON.stringify(value) : value}`,
  );
  return ['fault', [experiment.fault, ...parameters, `for ${formatDuration(experiment.durationSeconds * 1000)}`].join(' ')];
}

function describeTarget(target: Target): string {
  if (target.kind === 'object') return targetName(target);
  const place = target.kind === 'pod' ? [target.role, `on ${target.node}`] : [target.zone];
  return `${targetName(target)} (${place.filter(Boolean).join(' ')})`;
}

function describe(experiment: ExperimentReport): [string, string][] {
  const targets = experiment.targets.map(describeTarget).join(', ');
  const reason = experiment.mechanismReason === null ? '' : `: ${experiment.mechanismReason}`;
  return [
    describeFault(experiment),
    ...(experiment.cluster === undefined ? [] : [['cluster', experiment.cluster] satisfies [string, string]]),
    ['targets', targets === '' ? 'none' : targets],
    ['mechanism', experiment.mechanism === null ? 'none' : `${experiment.mechanism}${reason}`],
    ['injected', experiment.injectedAt ?? 'no'],
    ['verified', experiment.verifiedAt ?? 'no'],
    ...(experiment.repeatedAt.length === 0 ? [] : [['repeated', experiment.repeatedAt.join(', ')] satisfies [string, string]]),
    ...experiment.reestablished.map(({ at, detail }): [string, string] => [
      'put back',
      `${at}, lost with a restarted container: ${detail}`,
    ]),
    ...(experiment.lost === null
      ? []
      : [['lost', `with a restarted container, and left so: ${experiment.lost}`] satisfies [string, string]]),
    ['undone', describeUndo(experiment)],
    ...(experiment.outcome === null ? [] : [['outcome', experiment.outcome] satisfies [string, string]]),
    ['confirmed', experiment.confirmedAt ?? 'no'],
    ['recovery', experiment.recoverySeconds === null ? 'no' : formatDuration(experiment.recoverySeconds * 1000)],
  ];
}

function describeUndo({ revertedAt, revertedBy, revertLateMs }: ExperimentReport): string {
  if (revertedAt === null) return 'no';
  const by = `${revertedAt} by the ${revertedBy}`;
  if (revertLateMs === null) return by;
  return `${by}, ${Math.abs(revertLateMs)} ms ${revertLateMs < 0 ? 'early' : 'late'}`;
}

const columns: Column[] = [
  { title: 'probe', align: 'left' },
  { title: 'verdict', align: 'left' },
  { title: 'success', align: 'right' },
  { title: 'n', align: 'right' },
  { title: 'p50', align: 'right' },
  { title: 'p95', align: 'right' },
  { title: 'max', align: 'right' },
  { title: 'unit', align: 'left' },
  { title: 'tolerance', align: 'left' },
];

function renderProbes(probes: readonly ProbeReport[], width: number): string[] {
  if (probes.length === 0) return [];
  const rows = probes.map((probe) => [
    nameOfProbe(probe),
    probe.verdict === 'Informational' ? 'info' : probe.verdict,
    formatPercent(probe.successPercent),
    String(probe.samples.length),
    formatNumber(probe.p50),
    formatNumber(probe.p95),
    formatNumber(probe.max),
    showsUnit(probe.unit) ? probe.unit : '',
    probe.tolerance === null ? '' : formatTolerance(probe.tolerance, ''),
  ]);
  return ['', ...renderTable(columns, rows, width - 3).map((line) => `   ${line}`)];
}
