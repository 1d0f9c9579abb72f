import type { WorkerDeploymentVersion } from '@temporalio/common';
import type { WorkerOptions } from '@temporalio/worker';

/** How much a worker does at once, as it is configured. */
export interface WorkerLimits {
  /** short ones: verbs of faults, plans, reports */
  activities: number;
  /** those that take as long as what they watch: a fault that holds is one */
  observations: number;
  /** each costs memory; one that is not among them is replayed when it goes on */
  cachedWorkflows: number;
}

/** What holds for all workers of a process alike. */
export const workerOptions = {
  // Longer than any verb takes; an observation under way is handed to another worker with its samples.
  shutdownGraceTime: '5s',
  // A cancellation reaches an activity with its next heartbeat: at most a second later.
  maxHeartbeatThrottleInterval: '1s',
  // What a worker that dies was about to do waits this long for it, before another takes it up; Temporal's default is 10 s.
  stickyQueueScheduleToStartTimeout: '3s',
} satisfies Partial<WorkerOptions>;

/** What Temporal is told of the version of the code; `versioning.ts` of the workflows says what ends with the version it began with. */
export function versionOptions(version: WorkerDeploymentVersion | null): Pick<WorkerOptions, 'workerDeploymentOptions'> {
  if (version === null) return {};
  return { workerDeploymentOptions: { version, useWorkerVersioning: true, defaultVersioningBehavior: 'AUTO_UPGRADE' } };
}
