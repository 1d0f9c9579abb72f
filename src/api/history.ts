import { setTimeout as delay } from 'node:timers/promises';
import { type Client, defaultPayloadConverter } from '@temporalio/client';
import type { History, Payload } from '@temporalio/common/lib/proto-utils.js';
import { decodePayloads } from '../temporal/decode-payloads.ts';

export type HistoryEvent = NonNullable<History['events']>[number];

export interface Execution {
  workflowId: string;
  runId: string;
}

/** A little more than the longest poll of Temporal's server. */
const pollDeadlineMs = 70_000;
const readDeadlineMs = 10_000;
/** What follows within this time of something new is fetched with it: a step of a workflow comes as several writes, each of which ends a poll. */
const gatherMs = 100;
/** A page of more is of a history that is there already. */
const newsSize = 20;

/**
 * An execution's history from its first event, and on as it grows, until the execution has closed.
 *
 * @throws gRPC errors; CANCELLED when `signal` aborts
 */
export async function* followHistory(client: Client, execution: Execution, signal: AbortSignal): AsyncGenerator<HistoryEvent, undefined> {
  let nextPageToken: Uint8Array = new Uint8Array();
  do {
    const request = { namespace: client.options.namespace, execution, nextPageToken, waitNewEvent: true };
    const poll = () => client.workflowService.getWorkflowExecutionHistory(request);
    const page = await client.withDeadline(Date.now() + pollDeadlineMs, () => client.withAbortSignal(signal, poll));
    const events = page.history?.events ?? [];
    for (const event of events) yield await decode(client, event);
    nextPageToken = page.nextPageToken;
    if (nextPageToken.length > 0 && events.length < newsSize) await delay(gatherMs, undefined, { signal });
  } while (nextPageToken.length > 0);
  return undefined;
}

/** An execution's history so far, from its first event. */
export async function* readHistory(client: Client, execution: Execution, signal: AbortSignal): AsyncGenerator<HistoryEvent, undefined> {
  let nextPageToken: Uint8Array = new Uint8Array();
  do {
    const request = { namespace: client.options.namespace, execution, nextPageToken };
    const read = () => client.workflowService.getWorkflowExecutionHistory(request);
    const page = await client.withDeadline(Date.now() + readDeadlineMs, () => client.withAbortSignal(signal, read));
    for (const event of page.history?.events ?? []) yield await decode(client, event);
    nextPageToken = page.nextPageToken;
  } while (nextPageToken.length > 0);
  return undefined;
}

/** An execution's history so far, from its latest event back to its first. */
export async function* readHistoryBackwards(client: Client, execution: Execution): AsyncGenerator<HistoryEvent, undefined> {
  let nextPageToken: Uint8Array = new Uint8Array();
  do {
    const page = await client.workflowService.getWorkflowExecutionHistoryReverse({
      namespace: client.options.namespace,
      execution,
      nextPageToken,
      maximumPageSize: 20,
    });
    for (const event of page.history?.events ?? []) yield await decode(client, event);
    nextPageToken = page.nextPageToken;
  } while (nextPageToken.length > 0);
  return undefined;
}

/** The execution's first event: the one with its input. */
export async function readFirstEvent(client: Client, execution: Execution): Promise<HistoryEvent | undefined> {
  const page = await client.workflowService.getWorkflowExecutionHistory({
    namespace: client.options.namespace,
    execution,
    maximumPageSize: 1,
  });
  const first = page.history?.events?.[0];
  return first && (await decode(client, first));
}

function decode(client: Client, event: HistoryEvent): Promise<HistoryEvent> {
  return decodePayloads(event, client.options.loadedDataConverter.payloadCodecs);
}

/** The first of an event's payloads as a value; undefined: it has none. The caller knows its type from the event's. */
export function firstPayload<T>(payloads: { payloads?: Payload[] | null } | null | undefined): T | undefined {
  const payload = payloads?.payloads?.[0];
  return payload ? defaultPayloadConverter.fromPayload<T>(payload) : undefined;
}

/** Protobuf's 64 bit numbers come as objects. Ids of events stay far below 2^53. */
export function toNumber(value: unknown): number {
  return Number(value ?? 0);
}

export function eventTime(event: HistoryEvent): string {
  const { seconds, nanos } = event.eventTime ?? {};
  return new Date(toNumber(seconds) * 1_000 + (nanos ?? 0) / 1e6).toISOString();
}
