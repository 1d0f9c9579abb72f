import type { Campaign, Parameters, ProbePlace, ProbeSpec, Selection, Tolerance, Warning } from './campaign.ts';
import type { ClusterEvent } from './cluster-record.ts';
import type { HistorySize, Reverter, Sample, Validation } from './evidence.ts';
import type { PlannedDashboard, Refusal, Target } from './plan.ts';
import type { RoundTally } from './round-tally.ts';
import type { Verdict } from './verdict.ts';

/** report.json. Times are ISO 8601 in UTC; durations carry their unit in the name. */
export interface Report {
  runId: string;
  campaign: string;
  /** who started it; absent: callers were not asked who they are */
  startedBy?: string;
  verdict: Verdict;
  /** why this verdict, in one sentence */
  reason: string;
  /** 0 to 100, or null when nothing was scored */
  score: number | null;
  /** the score's sum, term by term: Σ(weight × success%) / Σ weight */
  scoreTerms: { experiment: string; probe: string; weight: number; successPercent: number }[];
  gate: { threshold: number; passed: boolean } | null;
  seed: string;
  startedAt: string;
  endedAt: string;
  cluster: string;
  namespace: string;
  workload: string;
  warnings: Warning[];
  refusals: Refusal[];
  /** of a campaign that repeats its steps: those of the last round */
  experiments: ExperimentReport[];
  /** the rounds before the last; null: there was one round */
  rounds: RoundTally | null;
  /** the longest election of the run; null: none happened */
  leaderElectionSeconds: number | null;
  validation: Validation | null;
  findings: Finding[];
  history: HistorySize;
  /** the effective document: every default applied, what looks like a secret taken out; absent: recorded before reports had it */
  document?: EffectiveDocument;
  /** the dashboards of its preflight, as they were found before the chaos; absent: it names none */
  dashboards?: PlannedDashboard[];
}

/** What was asked for, as it was understood. Its warnings are the report's. */
export type EffectiveDocument = Omit<Campaign, 'warnings'>;

export interface ExperimentReport {
  name: string;
  fault: string;
  /** where it was done, when that is another cluster than the report's */
  cluster?: string;
  verdict: Verdict | 'Skipped';
  reason: string;
  targets: Target[];
  parameters: Parameters;
  durationSeconds: number;
  mechanism: string | null;
  mechanismReason: string | null;
  injectedAt: string | null;
  verifiedAt: string | null;
  revertedAt: string | null;
  revertedBy: Reverter | null;
  /** how much later than planned the fault ended; negative: ended early, by a person or a stop condition */
  revertLateMs: number | null;
  /** what only the end of the fault could tell, for example how many acknowledged writes were lost; null: nothing */
  outcome: string | null;
  confirmedAt: string | null;
  /** when the fault was injected again: one of an instant while its duration lasted, one that holds after a pause or for an extension */
  repeatedAt: string[];
  /** who took on what was not proven undone, and why; null: nobody had to */
  acknowledgedBy: { actor: string; reason: string } | null;
  /** from 1; 0: it was not begun */
  attempt: number;
  /** times the fault was found lost with a restarted container, and put back */
  reestablished: { at: string; detail: string }[];
  /** the fault was found lost with a restarted container, and ended so by the experiment's policy; null: it was not */
  lost: string | null;
  /** from the fault's end (from injection for a fault without duration) until steady state was back */
  recoverySeconds: number | null;
  probes: ProbeReport[];
  /** what was asked for, and what was to be done and to undo it, in words; absent: recorded before reports had it */
  asked?: { selection: Selection; holds: boolean; inject: string; undo: string };
  /** how each step was seen on the targets; absent: recorded before reports had it, or it was not begun */
  proofs?: { injected?: StepProof; verified?: StepProof; undone?: StepProof; confirmed?: StepProof };
  /** what the cluster told of the workload meanwhile, in the order of time; absent: it was not asked, or recorded before it was */
  clusterEvents?: ClusterEvent[];
  /** how many more there were; absent: none */
  clusterEventsLeftOut?: number;
}

/** How a step was seen on the first few targets, in words, and how many more there are. */
export interface StepProof {
  targets: { target: string; detail: string }[];
  leftOut: number;
}

export interface ProbeReport {
  name: string;
  type: string;
  /** where it looked, when that is another workload than its experiment's */
  place?: ProbePlace;
  when: ProbeSpec['when'];
  unit: string;
  reach: string;
  /** what a sample had to satisfy; null: informational */
  tolerance: Tolerance | null;
  weight: number;
  samples: Sample[];
  successPercent: number | null;
  p50: number | null;
  p95: number | null;
  max: number | null;
  verdict: 'Passed' | 'Failed' | 'Informational';
  detail: Record<string, string | number | boolean | null>;
}

/** A cause with its evidence and its fix; none is made without evidence. */
export interface Finding {
  /** the rule's name */
  rule: string;
  severity: 'info' | 'warning' | 'critical';
  title: string;
  evidence: string[];
  fix: string | null;
  /** the fix as a patch of an object, where it can be one; `fix` says the command then, too */
  patch?: FindingPatch;
}

export interface FindingPatch {
  /** as kubectl names it, for example `statefulset/redis` */
  target: string;
  namespace: string;
  type: 'strategic' | 'merge';
  body: object;
}
