import { status as grpcStatus } from '@grpc/grpc-js';
import type { Client } from '@temporalio/client';
import { type Execution, type HistoryEvent, readFirstEvent, toNumber } from './history.ts';
import { grpcStatusOf } from './problem-of-error.ts';

/** More than any execution has events: Temporal ends one at 51,200. */
const linkSize = 100_000;

/** An event of a run whose history continues through several executions. */
export interface ChainedEvent {
  event: HistoryEvent;
  /** what the ids of its execution's events are counted from */
  base: number;
  /** its place among all events of the chain: in order, and the same whoever reads it */
  position: number;
}

/** Reads an execution's history from its first event until it has closed, waiting for what is to come. */
export type FollowHistory = (execution: Execution) => AsyncIterable<HistoryEvent>;

/**
 * The executions of a run so far, first to last. They are found from the last one back, each by the one it continued: of
 * executions that a reset has replaced there is none. What Temporal keeps no more is left out.
 *
 * @throws gRPC errors
 */
export async function runChain(client: Client, { workflowId, runId }: Execution): Promise<[Execution, ...Execution[]]> {
  const chain: [Execution, ...Execution[]] = [{ workflowId, runId }];
  for (;;) {
    const first = await readFirstEvent(client, chain[0]).catch((error: unknown) => {
      if (chain.length > 1 && grpcStatusOf(error)?.code === grpcStatus.NOT_FOUND) return undefined;
      throw error;
    });
    const previous = first?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId;
    if (!previous) return chain;
    chain.unshift({ workflowId, runId: previous });
  }
}

/** Follows a chain of executions, and on through those that are still to come. */
export async function* followChain(known: Execution[], follow: FollowHistory): AsyncGenerator<ChainedEvent, undefined> {
  let execution = known[0];
  for (let link = 0; execution !== undefined; link++) {
    const base = link * linkSize;
    const { workflowId } = execution;
    let next = known[link + 1];
    for await (const event of follow(execution)) {
      const continuedAs = event.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
      if (continuedAs) next ??= { workflowId, runId: continuedAs };
      yield { event, base, position: base + toNumber(event.eventId) };
    }
    execution = next;
  }
  return undefined;
}
