import { type ActivityOptions, workflowInfo } from '@temporalio/workflow';
import { clusterQueue, observationQueue } from '../contracts/names.ts';
import type { Served } from '../contracts/served.ts';

/** What nobody in a cluster takes up within this, its workers are not there for. */
const takenUpWithin = '30s';
/** What watches goes on with the next worker: one that is being replaced is waited for. */
const resumedWithin = '2m';

/**
 * Who does what is to be done in a cluster: its own workers, where it has such, else those of the workflow. It is for what takes
 * seconds, as verbs do.
 */
export function at(cluster: string, { ownWorkers = [] }: Served): ActivityOptions {
  if (!ownWorkers.includes(cluster)) return {};
  return { taskQueue: clusterQueue(workflowInfo().taskQueue, cluster), scheduleToStartTimeout: takenUpWithin };
}

/** The same for an activity that takes as long as what it watches: it goes to where it keeps no undo waiting. */
export function observationsAt(cluster: string, { ownWorkers = [] }: Served): ActivityOptions {
  if (!ownWorkers.includes(cluster)) return observations();
  return { taskQueue: clusterQueue(observationQueue(workflowInfo().taskQueue), cluster), scheduleToStartTimeout: resumedWithin };
}

/** What is watched in no cluster, or by those who serve all. */
export function observations(): ActivityOptions {
  return { taskQueue: observationQueue(workflowInfo().taskQueue) };
}
