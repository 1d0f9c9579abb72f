import type { Report } from '../contracts/report.ts';
import { formatNumber, formatPercent } from './format.ts';

export interface ScoreTable {
  columns: readonly string[];
  rows: string[][];
  sum: string[];
  /** how the score follows from the sum */
  result: string;
}

/** The score's arithmetic, term by term. */
export function scoreTable(score: number | null, terms: Report['scoreTerms']): ScoreTable {
  const weights = terms.reduce((sum, { weight }) => sum + weight, 0);
  const points = terms.reduce((sum, { weight, successPercent }) => sum + weight * successPercent, 0);
  return {
    columns: ['Experiment', 'Probe', 'Weight', 'Success', 'Weight × success'],
    rows: terms.map(({ experiment, probe, weight, successPercent }) => [
      experiment,
      probe,
      String(weight),
      formatPercent(successPercent),
      formatNumber(weight * successPercent),
    ]),
    sum: ['Sum', '', formatNumber(weights), '', formatNumber(points)],
    result:
      score === null
        ? 'Nothing was scored: no term has a weight.'
        : `Score ${formatNumber(score)} = ${formatNumber(points)} / ${formatNumber(weights)}: the mean of the shares of samples that were as expected, by weight.`,
  };
}
