import { isGrpcCancelledError, isGrpcDeadlineError } from '@temporalio/client';

/**
 * Whether a call of Temporal's ended since its time was up. A server that runs out of time just before its client does
 * says that the call was cancelled; so whoever hands an abort signal to the call asks first whether it was aborted.
 */
export function ranOutOfTime(error: unknown): boolean {
  return isGrpcDeadlineError(error) || isGrpcCancelledError(error);
}
