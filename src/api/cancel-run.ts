import { randomUUID } from 'node:crypto';
import { status as grpcStatus } from '@grpc/grpc-js';
import type { Client } from '@temporalio/client';
import type { Principal } from './auth/principal.ts';
import { Problem } from './problem.ts';
import { grpcStatusOf } from './problem-of-error.ts';
import { isRunning, type RunInfo } from './run-resource.ts';

/**
 * Cancels a run. Who did is in its history with the cancellation.
 *
 * @throws Problem 409: it has ended
 */
export async function cancelRun(client: Client, run: Pick<RunInfo, 'workflowId' | 'status'>, caller: Principal): Promise<void> {
  const ended = () =>
    new Problem(409, 'run-ended', 'The run has ended', `Run ${run.workflowId} has ended already; there is nothing to cancel.`);
  if (!isRunning(run)) throw ended();
  try {
    // By its id alone: a run that continued as new is cancelled in the execution it is in now.
    await client.workflowService.requestCancelWorkflowExecution({
      namespace: client.options.namespace,
      workflowExecution: { workflowId: run.workflowId },
      identity: client.options.identity,
      requestId: randomUUID(),
      reason: cancelReason(caller),
    });
  } catch (error) {
    if (grpcStatusOf(error)?.code === grpcStatus.NOT_FOUND) throw ended();
    throw error;
  }
}

const prefix = 'asked for by ';

function cancelReason({ name, identified }: Principal): string {
  return identified ? `${prefix}${name}` : `${prefix}a request to the API`;
}

/** Who cancelled, from the reason in the history; null: it is not told, as by the Web UI. */
export function actorOfCancel(reason: string | null | undefined): string | null {
  return reason?.startsWith(prefix) === true ? reason.slice(prefix.length) : null;
}
