import type { ComparedProbe, ComparedRun, Comparison, Outcome } from '../../contracts/comparison.ts';
import { formatNumber, formatPercent, formatValue } from '../format.ts';
import type { Paint } from '../paint.ts';

/** Of each run what stands side by side: a label, then a value of each. */
export function comparedFacts({ before, after }: Pick<Comparison, 'before' | 'after'>): [label: string, before: string, after: string][] {
  const row = (label: string, of: (run: ComparedRun) => string): [string, string, string] => [label, of(before), of(after)];
  const elections = [before, after].some(({ leaderElectionSeconds }) => leaderElectionSeconds !== null);
  return [
    row('run', ({ runId }) => runId),
    row('started', ({ startedAt }) => startedAt.replace(/\.\d+Z$/, 'Z')),
    row('verdict', ({ verdict }) => verdict),
    row('score', ({ score }) => formatNumber(score)),
    ...(elections ? [row('longest election', ({ leaderElectionSeconds: s }) => secondsOf(s))] : []),
  ];
}

export function secondsOf(seconds: number | null): string {
  return seconds === null ? '–' : `${formatNumber(seconds)} s`;
}

/** What a probe showed in both runs: `100% of 30, p50 12 ms → 98% of 31, p50 15 ms`. */
export function comparedFigures({ before, after, unit, tolerance }: ComparedProbe): [before: string, after: string] {
  const tell = (figures: ComparedProbe['before']): string => {
    if (figures === null) return '–';
    const share = tolerance === null ? `${figures.samples} samples` : `${formatPercent(figures.successPercent)} of ${figures.samples}`;
    return figures.p50 === null ? share : `${share}, p50 ${formatValue(figures.p50, unit)}`;
  };
  return [tell(before), tell(after)];
}

/** A comparison as a person reads it on a terminal. Ends with a newline. */
export function renderComparisonText(comparison: Comparison, paint: Paint): string {
  const { campaign, outcome, reason, experiments, findings, document, tests, confidencePercent } = comparison;
  const facts = comparedFacts(comparison);
  const width = Math.max(...facts.map(([, before]) => before.length));
  const lines = [
    `${paint('strong', campaign)}: ${paintOutcome(paint, outcome)}`,
    reason,
    '',
    ...facts.map(([label, before, after]) => `${label.padEnd(18)}${before.padEnd(width)}  ${after}`),
    ...experiments.flatMap(({ name, fault, before, after, probes }) => [
      '',
      `${paint('strong', name)} (${fault}): ${before?.verdict ?? 'not there'} → ${after?.verdict ?? 'not there'}, recovery ${secondsOf(before?.recoverySeconds ?? null)} → ${secondsOf(after?.recoverySeconds ?? null)}`,
      ...probes.flatMap((probe) => [
        `  ${paintOutcome(paint, probe.outcome).padEnd(8)} ${probe.name}: ${comparedFigures(probe).join(' → ')}`,
        `           ${paint('faint', probe.reason)}`,
      ]),
    ]),
    ...list('Findings that came', findings.came.map(tellFinding)),
    ...list('Findings that went', findings.went.map(tellFinding)),
    ...list(
      'The documents differ in',
      document.changes.map(({ path, before, after }) => `${path}: ${before ?? 'nothing'} → ${after ?? 'nothing'}`),
      document.more,
    ),
    '',
    paint('faint', howSure(tests, confidencePercent)),
  ];
  return `${lines.join('\n')}\n`;
}

/** What a reader has to know of how it is judged. */
export function howSure(tests: number, confidencePercent: number): string {
  return `${tests} tests, together at ${formatNumber(confidencePercent)}% confidence (Fisher's exact test, Mann-Whitney U, Holm's correction). Two runs show how these two differed; what causes it, they do not.`;
}

function list(title: string, entries: readonly string[], more = 0): string[] {
  if (entries.length === 0) return [];
  return ['', `${title}:`, ...entries.map((entry) => `  ${entry}`), ...(more === 0 ? [] : [`  and ${more} more`])];
}

function tellFinding({ severity, title }: { severity: string; title: string }): string {
  return `${severity}: ${title}`;
}

function paintOutcome(paint: Paint, outcome: Outcome): string {
  if (outcome === 'worse') return paint('bad', outcome);
  return outcome === 'better' ? paint('good', outcome) : outcome;
}
