import { type ActivityOptions, workflowInfo } from '@temporalio/workflow';
import { observationQueue } from '../contracts/names.ts';

/** Sends an activity that takes as long as what it watches to where it keeps no undo waiting. Verbs go to the workflow's own queue. */
export function observations(): ActivityOptions {
  return { taskQueue: observationQueue(workflowInfo().taskQueue) };
}
