import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

/** The task queue of squall's workers. */
export const taskQueue = 'squall';

/** The task queue beside one of workers, of what takes as long as what it watches: there it keeps no undo waiting. */
export function observationQueue(queue: string): string {
  return `${queue}-observe`;
}

/** The task queue that takes the place of one of workers for a cluster that has workers of its own. No name of a cluster has a dot. */
export function clusterQueue(queue: string, cluster: string): string {
  return `${queue}.${cluster}`;
}

/** The task queue of notifications, which the same workers take beside all else. */
export const notifyTaskQueue = 'squall-notify';

/** Workflow types, as Temporal's Web UI lists them. */
export const workflowTypes = {
  campaign: 'campaign',
  experiment: 'experiment',
  plan: 'plan',
  arbiter: 'arbiter',
  janitor: 'janitor',
  /** a webhook's delivery, written down */
  receipt: 'receipt',
  rollout: 'rollout',
  rollouts: 'rollouts',
  notify: 'notify',
} as const;

/** The id of the schedule that runs the janitor, and the beginning of its workflows' ids. */
export const janitorSchedule = 'squall-janitor';

/** The id of the schedule that keeps the watch over rollouts, and the beginning of its workflows' ids. */
export const rolloutSchedule = 'squall-rollouts';

/** What the ids of saved campaigns' schedules begin with; their names follow. */
export const savedCampaignPrefix = 'squall-schedule-';

/** Typed search attributes of every campaign and experiment run; registered when a worker starts. */
export const searchAttributes = {
  campaign: defineSearchAttributeKey('SquallCampaign', SearchAttributeType.KEYWORD),
  cluster: defineSearchAttributeKey('SquallCluster', SearchAttributeType.KEYWORD),
  /** of a run that acts in several clusters: all of them */
  clusters: defineSearchAttributeKey('SquallClusters', SearchAttributeType.KEYWORD_LIST),
  namespace: defineSearchAttributeKey('SquallNamespace', SearchAttributeType.KEYWORD),
  phase: defineSearchAttributeKey('SquallPhase', SearchAttributeType.KEYWORD),
  verdict: defineSearchAttributeKey('SquallVerdict', SearchAttributeType.KEYWORD),
  score: defineSearchAttributeKey('SquallScore', SearchAttributeType.DOUBLE),
  /** the saved campaign a run is of */
  schedule: defineSearchAttributeKey('SquallSchedule', SearchAttributeType.KEYWORD),
  /** why a run of a saved campaign began; of a schedule: `rollout` when rollouts begin its runs */
  trigger: defineSearchAttributeKey('SquallTrigger', SearchAttributeType.KEYWORD),
};

/** What finds the runs that act in a cluster, in a visibility query. */
export function actsIn(cluster: string): string {
  const { cluster: own, clusters } = searchAttributes;
  return `(${own.name} = '${cluster}' OR ${clusters.name} = '${cluster}')`;
}

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
  /** nobody there takes up what is to be done in a cluster that has workers of its own; nothing was touched */
  workerAbsent: 'WorkerAbsent',
  /** too many ask an arbiter at this moment; the activity is tried again */
  crowded: 'Crowded',
  /** a cluster could not be looked through by the janitor */
  notSwept: 'NotSwept',
  /** a stop condition, a person or the kill switch ended it; a cancelled run ends as Cancelled instead */
  aborted: 'Aborted',
} as const;
