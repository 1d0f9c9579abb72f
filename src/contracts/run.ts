import type { Campaign } from './campaign.ts';
import type { Inventory, PlannedExperiment } from './plan.ts';

/** Input of the campaign workflow. The workflow's id is the run's id. */
export interface RunInput {
  campaign: Campaign;
  /** the document as it was given, for retry and audit */
  document: string;
  /** the seed of a run that is retried; absent: the campaign's, else the run's id */
  seed?: string;
  /** the run this one repeats */
  retryOf?: string;
}

/** Input of the plan workflow, which touches nothing. */
export interface PlanInput {
  campaign: Campaign;
  seed: string;
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
  /** from 1, in the order of the campaign's steps */
  index: number;
}

/** The id of an experiment's workflow. */
export function experimentWorkflowId(runId: string, index: number, name: string): string {
  return `${runId}.${index}-${name}`;
}
