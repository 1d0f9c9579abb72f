import type { ExperimentReport, Report, Verdict } from '../contracts/report.ts';

export interface Score {
  /** 0 to 100, rounded to two decimals; null: nothing was scored */
  score: number | null;
  terms: Report['scoreTerms'];
}

/**
 * The resilience score as LitmusChaos defines it: Σ(weight × success%) / Σ weight. Weights 2, 4, 8
 * with 0%, 100%, 75% give 1000 / 14 = 71.43. Unlike Litmus, the percentage is a probe's share of
 * samples that satisfied its tolerance, not an experiment's share of probes that passed, and an
 * experiment without probes adds nothing instead of 100.
 *
 * The terms are the judged probes of the experiments that ran. One that measured nothing counts as
 * 0%, except in an aborted experiment, where it had no chance to. A run with verdict Error has no score.
 */
export function makeScore(experiments: readonly ExperimentReport[], verdict: Verdict): Score {
  if (verdict === 'Error') return { score: null, terms: [] };
  const terms = experiments.flatMap(termsOf);
  const weights = sum(terms.map((term) => term.weight));
  if (weights === 0) return { score: null, terms };
  const score = sum(terms.map((term) => term.weight * term.successPercent)) / weights;
  return { score: Math.round(score * 100) / 100, terms };
}

function termsOf(experiment: ExperimentReport): Report['scoreTerms'] {
  if (experiment.verdict === 'Skipped' || experiment.verdict === 'Error') return [];
  const judged = experiment.probes.filter((probe) => probe.tolerance !== null);
  const scored = experiment.verdict === 'Aborted' ? judged.filter((probe) => probe.successPercent !== null) : judged;
  return scored.map((probe) => ({
    experiment: experiment.name,
    probe: probe.name,
    weight: probe.weight,
    successPercent: probe.successPercent ?? 0,
  }));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
