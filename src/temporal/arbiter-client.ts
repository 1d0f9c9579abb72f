import { setTimeout as delay } from 'node:timers/promises';
import { status as grpcStatus } from '@grpc/grpc-js';
import {
  type Client,
  isGrpcServiceError,
  WithStartWorkflowOperation,
  WorkflowNotFoundError,
  type WorkflowStartOptions,
} from '@temporalio/client';
import {
  type ArbiterInput,
  type ArbiterMemo,
  arbiterMessages,
  arbiterWorkflowId,
  type HoldDecision,
  type HoldRequest,
} from '../contracts/arbiter.ts';
import type { AbortInput, Asked } from '../contracts/control.ts';
import { workflowTypes } from '../contracts/names.ts';

/** The workflow of an arbiter, by its types for the client. */
type ArbiterWorkflow = (input: ArbiterInput) => Promise<never>;

/** An arbiter under way takes ten requests at once; the eleventh is to come again. */
const askAgainMs = 200;
const longestMs = 3_000;
/** A task that fails for a moment, as where the arbiter continues as new while many ask it, succeeds within this. */
const stuckAfterMs = 10_000;

/** Where an arbiter is started, should there be none. */
export interface ArbiterPlace {
  client: Client;
  cluster: string;
  taskQueue: string;
}

/**
 * Asks the cluster's arbiter, and starts it first if there is none.
 *
 * @throws Error when Temporal cannot be reached, or the arbiter's workflow task fails; the signal's reason when it aborts
 */
export async function requestFromArbiter(place: ArbiterPlace, request: HoldRequest, signal: AbortSignal): Promise<HoldDecision> {
  const { client } = place;
  let failsSince: number | undefined;
  for (let waitMs = askAgainMs; ; waitMs = Math.min(2 * waitMs, longestMs)) {
    try {
      return await client.withAbortSignal(signal, () =>
        client.workflow.executeUpdateWithStart<ArbiterWorkflow, HoldDecision, [HoldRequest]>(arbiterMessages.request, {
          args: [request],
          startWorkflowOperation: new WithStartWorkflowOperation<ArbiterWorkflow>(workflowTypes.arbiter, {
            ...startOptions(place),
            workflowIdConflictPolicy: 'USE_EXISTING',
          }),
        }),
      );
    } catch (error) {
      signal.throwIfAborted();
      failsSince = isWorkflowTaskFailing(error) ? (failsSince ?? Date.now()) : undefined;
      if (failsSince === undefined && !isToBeRepeated(error)) throw error;
      const isStuck = failsSince !== undefined && Date.now() - failsSince > stuckAfterMs;
      if (isStuck) throw new Error(stuckSentence(place.cluster), { cause: error });
      // Those that came together do not come again together.
      await delay(waitMs * (0.5 + Math.random()), undefined, { signal });
    }
  }
}

/** Too many at once, or the arbiter continued as new, or was ended, while it was asked: it has no word of it then, or it answers the same again. */
function isToBeRepeated(error: unknown): boolean {
  return causesOf(error).some((cause) => {
    if (cause instanceof WorkflowNotFoundError) return true;
    if (!isGrpcServiceError(cause)) return false;
    if (cause.code === grpcStatus.RESOURCE_EXHAUSTED || cause.code === grpcStatus.NOT_FOUND) return true;
    // The server answers, and says that the update, not the server, is not available: the arbiter's task was given up.
    return cause.code === grpcStatus.UNAVAILABLE && /update/i.test(cause.details);
  });
}

/** Temporal's word for a workflow whose task fails again and again, as with code that does not replay its history. */
function isWorkflowTaskFailing(error: unknown): boolean {
  return causesOf(error).some((cause) => {
    return isGrpcServiceError(cause) && cause.code === grpcStatus.FAILED_PRECONDITION && /workflow task/i.test(cause.message);
  });
}

function stuckSentence(cluster: string): string {
  const why = `the workflow task of ${arbiterWorkflowId(cluster)} fails, for a reason that Temporal's Web UI shows there`;
  return `the arbiter of cluster ${cluster} cannot go on: ${why}. Terminating it does no harm: the next run starts another`;
}

function causesOf(error: unknown): unknown[] {
  return error instanceof Error ? [error, ...causesOf(error.cause)] : [];
}

/** Tells the arbiter that a run gives back what it holds. Without an arbiter there is nothing to give back: a new one finds out by itself who holds. */
export async function releaseToArbiter(place: ArbiterPlace, runId: string): Promise<void> {
  await signalIfThere(place, arbiterMessages.release, runId);
}

/** Tells the arbiter that it will be asked soon. One that is not there yet has nothing to do before it is. */
export async function foretellRequests(place: ArbiterPlace): Promise<void> {
  await signalIfThere(place, arbiterMessages.expect);
}

async function signalIfThere({ client, cluster }: ArbiterPlace, signal: string, ...args: unknown[]): Promise<void> {
  try {
    await client.workflow.getHandle(arbiterWorkflowId(cluster)).signal(signal, ...args);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}

/** Throws the cluster's kill switch. It takes effect as soon as a worker runs the arbiter. */
export async function haltCluster(place: ArbiterPlace, abort: AbortInput): Promise<void> {
  await place.client.workflow.signalWithStart<ArbiterWorkflow, [AbortInput]>(workflowTypes.arbiter, {
    ...startOptions(place),
    signal: arbiterMessages.halt,
    signalArgs: [abort],
  });
}

/** Lifts the cluster's kill switch. */
export async function liftCluster(place: ArbiterPlace, asked: Asked): Promise<void> {
  await place.client.workflow.signalWithStart<ArbiterWorkflow, [Asked]>(workflowTypes.arbiter, {
    ...startOptions(place),
    signal: arbiterMessages.lift,
    signalArgs: [asked],
  });
}

/** What the cluster's arbiter shows, also when no worker runs; null: there is no arbiter. */
export async function readArbiter(client: Client, cluster: string): Promise<ArbiterMemo | null> {
  try {
    const { memo, status } = await client.workflow.getHandle(arbiterWorkflowId(cluster)).describe();
    const shown = (memo as { arbiter?: ArbiterMemo } | undefined)?.arbiter;
    if (shown === undefined) return null;
    // Of one that somebody ended, the kill switch holds: the next one takes it over.
    return status.name === 'RUNNING' ? shown : { ...shown, holds: [], queue: [], counts: { holds: 0, queue: 0 } };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

/** Clusters that have an arbiter. Temporal's lists lag a little. */
export async function arbitratedClusters(client: Client): Promise<string[]> {
  const prefix = arbiterWorkflowId('');
  const clusters = new Set<string>();
  for await (const { workflowId } of client.workflow.list({ query: `WorkflowType = '${workflowTypes.arbiter}'` })) {
    if (workflowId.startsWith(prefix)) clusters.add(workflowId.slice(prefix.length));
  }
  return [...clusters].sort();
}

function startOptions({ cluster, taskQueue }: ArbiterPlace): WorkflowStartOptions<ArbiterWorkflow> {
  return {
    workflowId: arbiterWorkflowId(cluster),
    taskQueue,
    args: [{ cluster }],
    staticSummary: `arbiter of cluster ${cluster}: which run may act on what`,
    staticDetails:
      'No run touches anything before it was granted here. It goes on for ever; **terminating it does no harm**: the next run starts another, which finds out who holds what before it grants anything. Who holds and who waits: `squall holds`. Stop everything: `squall halt`.',
  };
}
