/** Input of the workflow that tells receivers of a run. */
export interface NotifyInput {
  runId: string;
}

/** How many notifications of a run were sent, and which were given up. */
export interface NotifyResult {
  sent: number;
  failed: { receiver: string; event: string; reason: string }[];
}

/** What it calls, on a task queue of its own. */
export interface NotifyActivities {
  /** Follows the run's history and tells receivers, until the run has ended. */
  followRun(input: NotifyInput): Promise<NotifyResult>;
}
