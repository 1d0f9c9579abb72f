import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

/** The task queue of squall's workers. */
export const taskQueue = 'squall';

/** Workflow types, as Temporal's Web UI lists them. */
export const workflowTypes = {
  campaign: 'campaign',
  experiment: 'experiment',
  plan: 'plan',
  arbiter: 'arbiter',
  janitor: 'janitor',
} as const;

/** The id of the schedule that runs the janitor, and the beginning of its workflows' ids. */
export const janitorSchedule = 'squall-janitor';

/** Typed search attributes of every campaign and experiment run; registered when a worker starts. */
export const searchAttributes = {
  campaign: defineSearchAttributeKey('SquallCampaign', SearchAttributeType.KEYWORD),
  cluster: defineSearchAttributeKey('SquallCluster', SearchAttributeType.KEYWORD),
  namespace: defineSearchAttributeKey('SquallNamespace', SearchAttributeType.KEYWORD),
  phase: defineSearchAttributeKey('SquallPhase', SearchAttributeType.KEYWORD),
  verdict: defineSearchAttributeKey('SquallVerdict', SearchAttributeType.KEYWORD),
  score: defineSearchAttributeKey('SquallScore', SearchAttributeType.DOUBLE),
};

/** The name of the activity whose result is the run's report, on every path a run can take. */
export const reportActivity = 'finishRun';

/** Types of the failures a campaign workflow ends with, as the Web UI shows them. */
export const failureTypes = {
  /** preflight or prepare refused; nothing was touched */
  refused: 'Refused',
  /** the steady-state hypothesis did not hold */
  hypothesisRejected: 'HypothesisRejected',
  /** the chaos itself could not be done, or could not be undone */
  chaosError: 'ChaosError',
  /** a cluster could not be looked through by the janitor */
  notSwept: 'NotSwept',
  /** a stop condition, a person or the kill switch ended it; a cancelled run ends as Cancelled instead */
  aborted: 'Aborted',
} as const;
