import type { Report } from '../../contracts/report.ts';
import { escapeMarkup as text } from '../escape-markup.ts';
import { formatNumber, formatPercent } from '../format.ts';
import { dataTable } from './data-table.ts';
import { section } from './section.ts';

/** The score's arithmetic: each term, their sum, and what the gate made of it. */
export function scoreSection({ score, scoreTerms: terms, gate, verdict }: Report): string[] {
  if (terms.length === 0) return [];
  const weights = terms.reduce((sum, { weight }) => sum + weight, 0);
  const points = terms.reduce((sum, { weight, successPercent }) => sum + weight * successPercent, 0);
  const table = dataTable({
    caption: 'Terms of the score',
    columns: ['Experiment', 'Probe', 'Weight', 'Success', 'Weight × success'],
    rows: terms.map(({ experiment, probe, weight, successPercent }) => [
      text(experiment),
      text(probe),
      String(weight),
      formatPercent(successPercent),
      formatNumber(weight * successPercent),
    ]),
    foot: ['Sum', '', formatNumber(weights), '', formatNumber(points)],
  });
  const result =
    score === null
      ? '<p>Nothing was scored: no term has a weight.</p>'
      : `<p><strong>Score ${formatNumber(score)}</strong> = ${formatNumber(points)} / ${formatNumber(weights)}: the mean of the shares of samples that were as expected, by weight.</p>`;
  return [section('Score', `${table}\n${result}${describeGate(gate, score, verdict)}`, 'score')];
}

function describeGate(gate: Report['gate'], score: number | null, verdict: Report['verdict']): string {
  if (gate === null) return '';
  const asked = `at least ${formatNumber(gate.threshold)} and the verdict Passed were asked for`;
  const found = `the score is ${formatNumber(score)} and the verdict ${verdict}`;
  return `\n<p>Gate ${gate.passed ? 'passed' : 'not passed'}: ${asked}; ${found}.</p>`;
}
