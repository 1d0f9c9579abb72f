import type { Finding, Report } from '../contracts/report.ts';
import { describeRun } from './facts.ts';
import { formatBytes, formatDuration, formatNumber, formatPercent } from './format.ts';
import { makePaint, type Paint, paintSeverity, paintVerdict } from './paint.ts';
import { wrap } from './table.ts';
import { renderExperiment } from './text-experiment.ts';

export interface TextOptions {
  /** ANSI colours; default false */
  color?: boolean;
  /** columns, at least 72; default 100 */
  width?: number;
}

/** The report as a person reads it on a terminal; ends with a newline. Only a word or a command longer than the width exceeds it. */
export function renderText(report: Report, options: TextOptions = {}): string {
  const paint = makePaint(options.color ?? false);
  const width = Math.max(72, options.width ?? 100);
  const sections = [
    renderHead(report, paint, width),
    ...report.experiments.map((experiment, index) => renderExperiment(experiment, index + 1, paint, width)),
    renderValidation(report, paint, width),
    renderFindings(report.findings, paint, width),
    renderList(
      'Refused',
      report.refusals.map((refusal) => `${refusal.code} ${refusal.subject}: ${refusal.message}`),
      paint,
      width,
    ),
    renderList(
      'Warnings',
      report.warnings.map(
        (warning) => `${warning.path}${warning.line === undefined ? '' : ` (line ${warning.line})`}: ${warning.message} [${warning.code}]`,
      ),
      paint,
      width,
    ),
  ];
  return `${sections
    .filter((section) => section.length > 0)
    .map((section) => section.join('\n'))
    .join('\n\n')}\n`;
}

const labelWidth = 11;

function renderHead(report: Report, paint: Paint, width: number): string[] {
  const took = formatDuration(Date.parse(report.endedAt) - Date.parse(report.startedAt));
  const fields: [string, string][] = [
    ['score', describeScore(report)],
    ['gate', describeGate(report)],
    ['run', describeRun(report)],
    ['target', `${report.workload} in ${report.namespace} of cluster ${report.cluster}`],
    ['time', `${report.startedAt} to ${report.endedAt}, ${took}`],
    ['election', report.leaderElectionSeconds === null ? 'none' : `${formatNumber(report.leaderElectionSeconds)} s, the longest`],
    ['history', `${report.history.events} events, ${formatBytes(report.history.bytes)}`],
  ];
  return [
    `${paint('strong', report.campaign)}  ${paintVerdict(paint, report.verdict)}`,
    ...wrap(report.reason, width),
    '',
    ...fields.flatMap(([label, value]) => renderField(label, value, width)),
  ];
}

/** A label and its value, the value's further lines aligned under its first. */
function renderField(label: string, value: string, width: number): string[] {
  const lines = wrap(value, width - labelWidth);
  return lines.map((line, index) => `${(index === 0 ? label : '').padEnd(labelWidth)}${line}`);
}

function describeScore({ score, scoreTerms }: Report): string {
  if (score === null) return 'none: nothing was scored';
  const products = scoreTerms.map((term) => `${term.weight} × ${formatPercent(term.successPercent)}`).join(' + ');
  return `${formatNumber(score)} = (${products}) / (${scoreTerms.map((term) => term.weight).join(' + ')})`;
}

function describeGate({ gate, score, verdict }: Report): string {
  if (gate === null) return 'none';
  if (gate.passed) return `passed: at least ${formatNumber(gate.threshold)} was asked for`;
  const why =
    verdict !== 'Passed'
      ? `the verdict is ${verdict}`
      : score === null
        ? 'there is no score'
        : `the score is below ${formatNumber(gate.threshold)}`;
  return `not passed: ${why}`;
}

function renderValidation({ validation }: Report, paint: Paint, width: number): string[] {
  if (validation === null) return [paint('strong', 'Validation'), '  not done'];
  const checks = validation.checks.flatMap((check) => {
    const mark = check.ok ? paint('good', 'ok  ') : paint('bad', 'FAIL');
    return wrap(`${check.name}: ${check.detail}`, width - 7).map((line, index) => `  ${index === 0 ? mark : '    '} ${line}`);
  });
  return [`${paint('strong', 'Validation')}  ${paintVerdict(paint, validation.ok ? 'Passed' : 'Failed')}`, ...checks];
}

function renderFindings(findings: readonly Finding[], paint: Paint, width: number): string[] {
  if (findings.length === 0) return [];
  const rendered = findings.flatMap((finding) => [
    ...wrap(`${finding.title} [${finding.rule}]`, width - 12).map((line, index) =>
      index === 0 ? `  ${paintSeverity(paint, finding.severity)}${' '.repeat(10 - finding.severity.length)}${line}` : `            ${line}`,
    ),
    ...finding.evidence.flatMap((sentence) => wrap(`- ${sentence}`, width - 12, '  ').map((line) => `            ${line}`)),
    ...renderFix(finding.fix, width),
  ]);
  return [paint('strong', 'Findings'), ...rendered];
}

/** A fix's lines are kept apart: one of them may be a command to copy. */
function renderFix(fix: string | null, width: number): string[] {
  if (fix === null) return [];
  return fix.split('\n').flatMap((line, index) => {
    const prefix = index === 0 ? 'fix: ' : '     ';
    const lines = line.startsWith('kubectl ') ? [line] : wrap(line, width - 17);
    return lines.map((part, partIndex) => `            ${partIndex === 0 ? prefix : '     '}${part}`);
  });
}

function renderList(title: string, entries: readonly string[], paint: Paint, width: number): string[] {
  if (entries.length === 0) return [];
  return [paint('strong', title), ...entries.flatMap((entry) => wrap(`- ${entry}`, width - 2, '  ').map((line) => `  ${line}`))];
}
