import type { Tolerance } from './campaign.ts';
import type { ExperimentReport, Finding, ProbeReport } from './report.ts';
import type { Verdict } from './verdict.ts';

/**
 * How the second run compares with the first. same: no difference is shown. changed: there is a difference, and nothing says which
 * way is better (a probe without a tolerance). unknown: there are too few samples to tell.
 */
export type Outcome = 'better' | 'same' | 'worse' | 'changed' | 'unknown';

/** Two runs of one campaign, side by side. */
export interface Comparison {
  campaign: string;
  before: ComparedRun;
  after: ComparedRun;
  /** worse: any probe is, or something passed that does not any more; better: any is, and none is worse */
  outcome: 'better' | 'same' | 'worse';
  /** why, in one sentence */
  reason: string;
  /** differences are shown at this confidence, over all tests of the comparison together */
  confidencePercent: number;
  /** how many tests that were */
  tests: number;
  experiments: ComparedExperiment[];
  findings: { came: ComparedFinding[]; went: ComparedFinding[]; stayed: ComparedFinding[] };
  /** what the effective documents differ in; at most 100, and how many more there are */
  document: { changes: DocumentChange[]; more: number };
}

export interface ComparedRun {
  runId: string;
  verdict: Verdict;
  score: number | null;
  startedAt: string;
  endedAt: string;
  leaderElectionSeconds: number | null;
}

export interface ComparedExperiment {
  name: string;
  fault: string;
  /** null: the run has no such experiment */
  before: ComparedVerdict | null;
  after: ComparedVerdict | null;
  probes: ComparedProbe[];
}

export interface ComparedVerdict {
  verdict: ExperimentReport['verdict'];
  recoverySeconds: number | null;
}

export interface ComparedProbe {
  name: string;
  unit: string;
  /** of the second run, else of the first */
  tolerance: Tolerance | null;
  outcome: Outcome;
  /** how that is known, in a sentence */
  reason: string;
  /** null: the run has no such probe */
  before: ProbeFigures | null;
  after: ProbeFigures | null;
  /** null: it was not looked at, as the reason says */
  success: ComparedSuccess | null;
  /** null: it was not looked at, as the reason says */
  values: ComparedValues | null;
}

export type ProbeFigures = Pick<ProbeReport, 'verdict' | 'successPercent' | 'p50' | 'p95' | 'max'> & { samples: number };

/** The shares of good samples, by Fisher's exact test, with Newcombe's interval of their difference. */
export interface ComparedSuccess {
  outcome: Outcome;
  /** of the second run less the first's, in points of a percentage */
  differencePoints: number;
  lowPoints: number;
  highPoints: number;
  p: number;
  /** after Holm's correction for all tests of the comparison */
  adjustedP: number;
}

/** The values, by the Mann-Whitney U test. */
export interface ComparedValues {
  outcome: Outcome;
  /** of the medians, the second run's less the first's, in the probe's unit */
  medianDifference: number;
  /** of a value of each run, how often the second's is the greater; ties count half */
  greaterPercent: number;
  p: number;
  /** after Holm's correction for all tests of the comparison */
  adjustedP: number;
}

export type ComparedFinding = Pick<Finding, 'rule' | 'severity' | 'title'>;

/** null: it is not there */
export interface DocumentChange {
  path: string;
  before: string | null;
  after: string | null;
}
