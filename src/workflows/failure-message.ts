import { ActivityFailure, ApplicationFailure, ChildWorkflowFailure, TimeoutFailure } from '@temporalio/workflow';
import { failureTypes } from '../contracts/names.ts';

/** The innermost cause's message: what a person wants to read of a failed activity. */
export function failureMessage(error: unknown): string {
  const cause = rootCause(error);
  if (isNotTakenUp(error)) return 'no worker takes it up: the cluster has workers of its own, each started with SQUALL_WORKER_CLUSTER';
  if (cause instanceof TimeoutFailure && error instanceof ActivityFailure) return `${error.activityType} timed out (${cause.timeoutType})`;
  return cause instanceof Error ? cause.message : String(cause);
}

/** The activity refused: nothing of the workload's behaviour was changed. */
export function isRefusal(error: unknown): boolean {
  const cause = rootCause(error);
  return cause instanceof ApplicationFailure && cause.type === failureTypes.refused;
}

/** The activity was given up while it may still have been at it. */
export function isGivenUp(error: unknown): boolean {
  return rootCause(error) instanceof TimeoutFailure && !isNotTakenUp(error);
}

/** No worker took the activity up: nobody was at it. */
export function isNotTakenUp(error: unknown): boolean {
  const cause = rootCause(error);
  return cause instanceof TimeoutFailure && cause.timeoutType === 'SCHEDULE_TO_START';
}

function rootCause(error: unknown): unknown {
  let cause = error;
  while ((cause instanceof ActivityFailure || cause instanceof ChildWorkflowFailure) && cause.cause !== undefined) cause = cause.cause;
  return cause;
}
