import type { Report } from '../../contracts/report.ts';
import { escapeMarkup as text } from '../escape-markup.ts';
import { formatNumber } from '../format.ts';
import { scoreTable } from '../score-table.ts';
import { dataTable } from './data-table.ts';
import { section } from './section.ts';

/** The score's arithmetic: each term, their sum, and what the gate made of it. */
export function scoreSection({ score, scoreTerms, gate, verdict }: Report): string[] {
  if (scoreTerms.length === 0) return [];
  const { columns, rows, sum, result } = scoreTable(score, scoreTerms);
  const table = dataTable({ caption: 'Terms of the score', columns, rows: rows.map((cells) => cells.map(text)), foot: sum });
  return [section('Score', `${table}\n<p>${text(result)}</p>${describeGate(gate, score, verdict)}`, 'score')];
}

function describeGate(gate: Report['gate'], score: number | null, verdict: Report['verdict']): string {
  if (gate === null) return '';
  const asked = `at least ${formatNumber(gate.threshold)} and the verdict Passed were asked for`;
  const found = `the score is ${formatNumber(score)} and the verdict ${verdict}`;
  return `\n<p>Gate ${gate.passed ? 'passed' : 'not passed'}: ${asked}; ${found}.</p>`;
}
