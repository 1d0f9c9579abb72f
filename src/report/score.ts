import type { ExperimentReport, Report } from '../contracts/report.ts';
import type { RoundTally } from '../contracts/round-tally.ts';
import type { Verdict } from '../contracts/verdict.ts';

export interface Score {
  /** 0 to 100, rounded to two decimals; null: nothing was scored */
  score: number | null;
  terms: Report['scoreTerms'];
}

/**
 * The resilience score as LitmusChaos defines it: Σ(weight × success%) / Σ weight. Weights 2, 4, 8
 * with 0%, 100%, 75% give 1000 / 14 = 71.43. Unlike Litmus, the percentage is a probe's share of
 * samples that satisfied its tolerance, not an experiment's share of probes that passed, and an
 * experiment without probes adds nothing instead of 100. Over rounds, a probe's percentage is the mean of its rounds'.
 *
 * The terms are the judged probes of the experiments that ran. One that measured nothing counts as
 * 0%, except in an aborted experiment, where it had no chance to. A run with verdict Error has no score.
 */
export function makeScore(experiments: readonly ExperimentReport[], verdict: Verdict, earlier?: RoundTally): Score {
  if (verdict === 'Error') return { score: null, terms: [] };
  const terms = withRounds(experiments.flatMap(scoredProbes), earlier);
  const weights = sum(terms.map((term) => term.weight));
  if (weights === 0) return { score: null, terms };
  const score = sum(terms.map((term) => term.weight * term.successPercent)) / weights;
  return { score: Math.round(score * 100) / 100, terms };
}

/** Every probe once, with the mean of its rounds. */
function withRounds(last: Report['scoreTerms'], earlier: RoundTally | undefined): Report['scoreTerms'] {
  if (earlier === undefined) return last;
  const terms = new Map(last.map((term) => [JSON.stringify([term.experiment, term.probe]), { ...term, rounds: 1 }]));
  for (const { name, probes } of earlier.experiments) {
    for (const { name: probe, weight, percentSum, rounds } of probes) {
      const key = JSON.stringify([name, probe]);
      const known = terms.get(key) ?? { experiment: name, probe, weight, successPercent: 0, rounds: 0 };
      const all = known.rounds + rounds;
      terms.set(key, { ...known, rounds: all, successPercent: (known.successPercent * known.rounds + percentSum) / all });
    }
  }
  return [...terms.values()].map(({ rounds: _, ...term }) => term);
}

/** What an experiment adds to the score. */
export function scoredProbes(experiment: ExperimentReport): Report['scoreTerms'] {
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
