import { status as grpcStatus } from '@grpc/grpc-js';
import {
  type Client,
  QueryNotRegisteredError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { type RunStatus, statusQuery, type UpdateInputs, type UpdateName } from '../contracts/control.ts';
import { workflowTypes } from '../contracts/names.ts';
import { rootMessage } from '../root-message.ts';

/** What became of an update. */
export type Steered =
  | { outcome: 'done'; status: RunStatus }
  /** it is in the history, and is being done; its end was not awaited */
  | { outcome: 'accepted' }
  /** it makes no sense as things are: why, in the workflow's words */
  | { outcome: 'rejected'; reason: string }
  /** no worker took it up in time; it waits for one as long as Temporal keeps it, and may still take effect */
  | { outcome: 'unanswered' }
  | { outcome: 'ended' }
  | { outcome: 'not-found' };

export interface SteerOptions {
  /** the same id again has no second effect; absent: drawn */
  updateId?: string;
  /** how long a worker may take to take it up, in ms */
  acceptMs?: number;
  /** how long its end is awaited after that, in ms */
  resultMs?: number;
}

// Longer than a worker that has died keeps a run to itself (docs/operating.md) and another takes to take it up.
export const defaultAcceptMs = 8_000;

/**
 * Sends an update to a run, and awaits first that it is in the history (from then on it will be done, whatever dies), then how it
 * ended: each for a time of its own, since without a worker Temporal would wait for ever.
 *
 * @throws gRPC errors when Temporal cannot be reached
 */
export async function steer<Name extends UpdateName>(
  client: Client,
  runId: string,
  name: Name,
  input: UpdateInputs[Name],
  { updateId, acceptMs = defaultAcceptMs, resultMs = 4_000 }: SteerOptions = {},
): Promise<Steered> {
  const standing = await standingOf(client, runId);
  if (standing !== 'running') return { outcome: standing };
  // By its id alone: a run that continued as new is told in the execution it is in now.
  const handle = client.workflow.getHandle(runId);
  let accepted = false;
  try {
    const update = await client.withDeadline(Date.now() + acceptMs, () =>
      handle.startUpdate<RunStatus, [UpdateInputs[Name]]>(name, {
        args: [input],
        waitForStage: 'ACCEPTED',
        ...(updateId !== undefined && { updateId }),
      }),
    );
    accepted = true;
    return { outcome: 'done', status: await client.withDeadline(Date.now() + resultMs, () => update.result()) };
  } catch (error) {
    if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return { outcome: accepted ? 'accepted' : 'unanswered' };
    if (error instanceof WorkflowUpdateFailedError) return { outcome: 'rejected', reason: rootMessage(error) };
    if (error instanceof WorkflowNotFoundError) return { outcome: 'ended' };
    throw error;
  }
}

export type Seen =
  | { outcome: 'seen'; status: RunStatus }
  | { outcome: 'unanswered' }
  /** it was made by a release that could not be steered yet */
  | { outcome: 'unsupported' }
  | { outcome: 'not-found' };

/** Where a run is, as its workflow says; also of one that has ended. Throws as `steer`. */
export async function readStatus(client: Client, runId: string, answerMs = 5_000): Promise<Seen> {
  if ((await standingOf(client, runId)) === 'not-found') return { outcome: 'not-found' };
  try {
    const query = () => client.workflow.getHandle(runId).query<RunStatus>(statusQuery);
    return { outcome: 'seen', status: await client.withDeadline(Date.now() + answerMs, query) };
  } catch (error) {
    if (error instanceof QueryNotRegisteredError) return { outcome: 'unsupported' };
    if (isNobodyThere(error)) return { outcome: 'unanswered' };
    throw error;
  }
}

async function standingOf(client: Client, runId: string): Promise<'running' | 'ended' | 'not-found'> {
  try {
    const { type, status } = await client.workflow.getHandle(runId).describe();
    if (type !== workflowTypes.campaign) return 'not-found';
    return status.name === 'RUNNING' || status.name === 'PAUSED' ? 'running' : 'ended';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return 'not-found';
    throw error;
  }
}

// A server that runs out of time just before its client does says that the call was cancelled.
const unanswered = new Set<unknown>([grpcStatus.CANCELLED, grpcStatus.DEADLINE_EXCEEDED, grpcStatus.FAILED_PRECONDITION]);

/** Temporal itself answered the description a moment ago: what does not answer now is a worker. */
function isNobodyThere(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && unanswered.has(cause.code)) return true;
  }
  return false;
}
