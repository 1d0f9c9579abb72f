import { type Client, WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure, rootCause } from '@temporalio/common';
import { failureTypes, taskQueue, workflowTypes } from '../contracts/names.ts';
import type { Plan } from '../contracts/plan.ts';
import type { PlanInput } from '../contracts/run.ts';
import { decodePayloads } from '../temporal/decode-payloads.ts';
import { ranOutOfTime } from '../temporal/ran-out-of-time.ts';
import { Problem } from './problem.ts';
import { randomToken } from './run-id.ts';

/** no worker has taken the task up by then: none will soon */
const pickUpMs = 8_000;
const readyMs = 25_000;
/** a little longer, so that what keeps the plan can still be asked of its workflow */
const runTimeoutMs = 30_000;
/** what Temporal has, on a busy machine, to tell how far the workflow came */
const describeMs = 8_000;

/**
 * Has a worker make a plan.
 *
 * @throws Problem 503: no worker takes the task; 504: it isn't ready in time; 502: it failed; 422: it was refused
 */
export async function makePlan(client: Client, input: PlanInput, signal: AbortSignal): Promise<Plan> {
  const handle = await client.withDeadline(Date.now() + pickUpMs, () =>
    client.workflow.start(workflowTypes.plan, {
      taskQueue,
      workflowId: `plan-${input.campaign.name}-${randomToken()}`,
      args: [input],
      workflowRunTimeout: runTimeoutMs,
      staticSummary: `plan of ${input.campaign.name}`,
      staticDetails: 'What a run of it would do, and what forbids it. Touches nothing.',
    }),
  );
  const waitFor = (ms: number) =>
    client.withDeadline(Date.now() + ms, () => client.withAbortSignal(signal, async (): Promise<Plan> => handle.result()));
  try {
    return await waitFor(pickUpMs).catch(async (error: unknown) => {
      if (signal.aborted || !ranOutOfTime(error)) throw error;
      await client.withDeadline(Date.now() + describeMs, () => ensureTakenUp(handle));
      return waitFor(readyMs - pickUpMs);
    });
  } catch (error) {
    if (error instanceof WorkflowFailedError) throw failed(error);
    if (!signal.aborted && ranOutOfTime(error)) throw await client.withDeadline(Date.now() + describeMs, () => late(handle, error));
    throw error;
  }
}

async function ensureTakenUp(handle: WorkflowHandle): Promise<void> {
  const { historyLength } = await handle.describe();
  // A workflow no worker took up has nothing in its history but its start and the first task for a worker.
  if (historyLength > 2) return;
  await handle.terminate('no worker took it up');
  const detail = `No worker took the plan up within ${pickUpMs / 1_000} s. Start one (npm run worker); it polls task queue "${taskQueue}".`;
  throw new Problem(503, 'worker-absent', 'No worker answers', detail, { headers: { 'Retry-After': '5' } });
}

function failed(error: WorkflowFailedError): Problem {
  const message = rootCause(error.cause) ?? error.message;
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof ApplicationFailure && cause.type === failureTypes.refused) {
      return new Problem(422, 'plan-refused', 'The plan was refused', message, { cause: error });
    }
    if (cause instanceof ApplicationFailure && cause.type === failureTypes.workerAbsent) {
      const headers = { 'Retry-After': '5' };
      return new Problem(503, 'worker-absent', 'No worker answers', `${cause.message}.`, { headers, cause: error });
    }
  }
  return new Problem(502, 'plan-failed', 'The plan failed', message, { cause: error });
}

async function late(handle: WorkflowHandle, cause: unknown): Promise<Problem> {
  const { raw } = await handle.describe();
  const [pending] = await decodePayloads(raw.pendingActivities ?? [], handle.client.options.loadedDataConverter.payloadCodecs);
  const lastFailure = pending?.lastFailure?.message;
  const why = lastFailure ? `the last attempt failed: ${lastFailure}` : 'the worker is still at it';
  const detail = `The plan is not ready after ${readyMs / 1_000} s: ${why}.`;
  return new Problem(504, 'plan-timeout', 'The plan is not ready', detail, { cause });
}
