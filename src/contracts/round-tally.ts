import type { Verdict } from './report.ts';

/** What is kept of the rounds that are over, in a campaign that repeats its steps: counts and sums, however many rounds there are. */
export interface RoundTally {
  /** rounds that are over */
  rounds: number;
  experiments: ExperimentTally[];
}

export interface ExperimentTally {
  name: string;
  /** rounds by verdict; a verdict that is absent: none */
  verdicts: Partial<Record<Verdict | 'Skipped', number>>;
  /** the first round in which it did not pass, and why; null: none */
  firstMiss: { round: number; verdict: Verdict | 'Skipped'; reason: string } | null;
  /** of each judged probe that was scored: the sum of its success percentages, and over how many rounds */
  probes: { name: string; weight: number; percentSum: number; rounds: number }[];
}
