import { type Client, isGrpcDeadlineError, TimeoutFailure, WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure, rootCause } from '@temporalio/common';
import { failureTypes, taskQueue, workflowTypes } from '../contracts/names.ts';
import type { Plan } from '../contracts/plan.ts';
import type { PlanInput } from '../contracts/run.ts';
import { Problem } from './problem.ts';
import { randomToken } from './run-id.ts';

const waitMs = 25_000;
/** a little longer, so that what keeps the plan can still be asked of its workflow */
const runTimeoutMs = 30_000;

/**
 * Has a worker make a plan.
 *
 * @throws Problem 503: no worker takes the task; 504: it isn't ready in time; 502: it failed; 422: it was refused
 */
export async function makePlan(client: Client, input: PlanInput, signal: AbortSignal): Promise<Plan> {
  const handle = await client.withDeadline(Date.now() + 10_000, () =>
    client.workflow.start(workflowTypes.plan, {
      taskQueue,
      workflowId: `plan-${input.campaign.name}-${randomToken()}`,
      args: [input],
      workflowRunTimeout: runTimeoutMs,
      staticSummary: `plan of ${input.campaign.name}`,
    }),
  );
  try {
    const wait = (): Promise<Plan> => handle.result();
    return await client.withDeadline(Date.now() + waitMs, () => client.withAbortSignal(signal, wait));
  } catch (error) {
    if (error instanceof WorkflowFailedError) throw failed(error);
    if (isDeadline(error)) throw await client.withDeadline(Date.now() + 4_000, () => late(handle, error));
    throw error;
  }
}

function isDeadline(error: unknown): boolean {
  return isGrpcDeadlineError(error) || (error instanceof Error && isGrpcDeadlineError(error.cause));
}

function failed(error: WorkflowFailedError): Problem {
  const message = rootCause(error) ?? error.message;
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof ApplicationFailure && cause.type === failureTypes.refused) {
      return new Problem(422, 'plan-refused', 'The plan was refused', message, { cause: error });
    }
    if (cause instanceof TimeoutFailure) return tooLate(message, error);
  }
  return new Problem(502, 'plan-failed', 'The plan failed', message, { cause: error });
}

async function late(handle: WorkflowHandle, cause: unknown): Promise<Problem> {
  const { raw } = await handle.describe();
  const lastFailure = raw.pendingActivities?.[0]?.lastFailure?.message;
  if (lastFailure) return tooLate(`the last attempt failed: ${lastFailure}`, cause);
  // Nothing but its start, and the first task for a worker, is in the history of a workflow no worker took up.
  if (Number(raw.workflowExecutionInfo?.historyLength ?? 0) > 2) return tooLate('the worker is still at it', cause);
  const detail = `No worker took the plan up within ${waitMs / 1_000} s. Start one (npm run worker) that polls task queue "${taskQueue}".`;
  return new Problem(503, 'worker-absent', 'No worker answers', detail, { headers: { 'Retry-After': '5' }, cause });
}

function tooLate(why: string, cause: unknown): Problem {
  return new Problem(504, 'plan-timeout', 'The plan is not ready', `The plan is not ready after ${waitMs / 1_000} s: ${why}.`, { cause });
}
