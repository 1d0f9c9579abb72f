import { ApplicationFailure, activityInfo, Context, cancellationSignal, heartbeat } from '@temporalio/activity';
import { ZodError } from 'zod';
import { failureTypes } from '../contracts/names.ts';
import { AgentError } from '../faults/carrier/agent-protocol.ts';
import { TargetGoneError } from '../faults/carrier/carrier.ts';
import { RefusedError } from '../faults/verbs.ts';
import { ClusterError } from '../kubernetes/cluster.ts';

/** What an activity's body is given to live with its worker. */
export interface Supervision {
  /** aborted when the workflow cancels the activity, when it timed out, or when the worker shuts down */
  signal: AbortSignal;
  /** from 1 */
  attempt: number;
  /** what the last attempt left, when this is a retry */
  previous: unknown;
  /** what the next attempt is to find */
  keep(progress: unknown): void;
  /** true: the workflow asked for the end; false: the worker is going, and another goes on */
  cancelledByWorkflow(): boolean;
}

const heartbeatMs = 1_000;

/** Runs an activity's body with a heartbeat each second, so that its worker's death is noticed, and gives failures their type. */
export async function supervise<T>(body: (supervision: Supervision) => Promise<T>): Promise<T> {
  const signal = cancellationSignal();
  let progress: unknown;
  const beat = setInterval(() => heartbeat(progress), heartbeatMs);
  try {
    return await body({
      signal,
      attempt: activityInfo().attempt,
      previous: activityInfo().heartbeatDetails,
      keep: (value) => {
        progress = value;
      },
      cancelledByWorkflow: () => Context.current().cancellationDetails?.cancelRequested === true,
    });
  } catch (error) {
    throw asFailure(error);
  } finally {
    clearInterval(beat);
  }
}

/** Third parties' errors become failures with a type, and retryable only where another attempt may succeed. */
function asFailure(error: unknown): unknown {
  if (error instanceof RefusedError) return fail(failureTypes.refused, error, true);
  if (error instanceof ClusterError) return fail(`ClusterError${error.status ?? ''}`, error, !error.retryable);
  if (error instanceof TargetGoneError) return fail('TargetGone', error, true);
  if (error instanceof AgentError) return fail(`Agent-${error.code}`, error, permanentAgentCodes.has(error.code));
  if (error instanceof ZodError) return fail('UnexpectedAnswer', error, true);
  return error;
}

const permanentAgentCodes = new Set(['conflict', 'ended', 'late', 'invalid', 'unsupported', 'protocol', 'terminated']);

function fail(type: string, cause: Error, nonRetryable: boolean): ApplicationFailure {
  return ApplicationFailure.create({ type, message: cause.message, nonRetryable, cause });
}
