import type { Verdict } from './verdict.ts';

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
  /** the first round that did not pass, by verdict, and why */
  misses: Partial<Record<Exclude<Verdict, 'Passed'> | 'Skipped', { round: number; reason: string }>>;
  /** of each judged probe that was scored: the sum of its success percentages, and over how many rounds */
  probes: { name: string; weight: number; percentSum: number; rounds: number }[];
}
