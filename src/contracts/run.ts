import type { Campaign, Warning } from './campaign.ts';
import type { ExperimentEvidence, HistorySize, Prepared } from './evidence.ts';
import type { FaultInstance, Inventory, Plan, PlannedDashboard, PlannedExperiment, Refusal } from './plan.ts';
import type { RoundTally } from './round-tally.ts';

/** Input of the campaign workflow. The workflow's id is the run's id. */
export interface RunInput {
  campaign: Campaign;
  /** the document as it was given, for retry and audit */
  document: string;
  /** the seed of a run that is retried; absent: the campaign's, else the run's id */
  seed?: string;
  /** the run this one repeats */
  retryOf?: string;
  /** who started it; absent: callers were not asked who they are */
  startedBy?: string;
  /** where the execution before this one stopped, its history being long; absent: this is the first */
  progress?: RunProgress;
}

/** What a run that continues as new takes along. Times are ms since the epoch. */
export interface RunProgress {
  plan: Plan;
  startedAt: number;
  /** the round under way, from 1, and the step in it that is next, from 0 */
  round: number;
  step: number;
  /** experiments begun so far, over all rounds: the index of the last one */
  begun: number;
  /** of the round under way */
  evidence: ExperimentEvidence[];
  /** of the rounds before it */
  rounds: RoundTally | null;
  /** of the executions before this one */
  history: HistorySize;
  /** experiments still to come that somebody skips, and why */
  skips: Record<string, string>;
}

/** Input of the plan workflow, which touches nothing. */
export interface PlanInput {
  campaign: Campaign;
  seed: string;
  /** the clusters of these that have workers of their own, where that is known and those are asked; absent: it is to be found out */
  ownWorkers?: string[];
  /** what those found who serve its clusters; absent: one serves all, and finds it out */
  found?: PlanFound;
}

/** What is known of a plan from several who serve its clusters. */
export interface PlanFound {
  /** null: there is nothing to plan on */
  draft: Plan | null;
  refusals: Refusal[];
  warnings: Warning[];
  dashboards: PlannedDashboard[];
}

/**
 * Where a run is, as its search attribute says. Queued: it waits for its targets. Paused: by a person, by a failed experiment, or at
 * an approval step. Undoing: an undo does not succeed and is tried again.
 */
export type Phase = 'Planning' | 'Queued' | 'Baseline' | 'Running' | 'Paused' | 'Undoing' | 'Validating' | 'Reporting' | 'Completed';

/** Input of an experiment workflow, a child of the campaign's. Its result is an ExperimentEvidence. */
export interface ExperimentInput {
  runId: string;
  campaign: Campaign;
  seed: string;
  inventory: Inventory;
  experiment: PlannedExperiment;
  /** from 1, in the order in which the run begins them */
  index: number;
  /** from 1; absent: 1 */
  attempt?: number;
  /** what its campaign has found a moment ago; absent: it is to be prepared */
  prepared?: Prepared;
  /** the run's clusters that have workers of their own; absent: none */
  ownWorkers?: string[];
  /** an undo that has been failing for so long that its history continues as new; absent: the experiment begins */
  undoing?: { fault: FaultInstance; evidence: ExperimentEvidence; attempts: number };
}

/** The id of an experiment's workflow. */
export function experimentWorkflowId(runId: string, index: number, name: string): string {
  return `${runId}.${index}-${name}`;
}
