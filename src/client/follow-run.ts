import { setTimeout as delay } from 'node:timers/promises';
import type { RunEvent } from '../contracts/run-event.ts';
import { readServerSentEvents } from './server-sent-events.ts';

const pauseMs = 1_000;

/**
 * A run's events from the first to the last. A stream that is cut off is taken up again where it was.
 *
 * @param url of the run's events
 * @throws Error when the API answers with a problem; AbortError
 */
export async function* followRun(url: string, signal: AbortSignal): AsyncGenerator<RunEvent, undefined> {
  let lastId: string | undefined;
  for (;;) {
    signal.throwIfAborted();
    const response = await connect(url, lastId, signal);
    if (response?.body) {
      try {
        for await (const { id, data } of readServerSentEvents(response.body)) {
          const event = JSON.parse(data) as RunEvent;
          yield event;
          if (event.type === 'run.finished') return undefined;
          lastId = id;
        }
      } catch (error) {
        if (signal.aborted || !isCutOff(error)) throw error;
      }
    }
    await delay(pauseMs, undefined, { signal });
  }
}

/** Undefined: the API can't be reached now, or isn't ready. */
async function connect(url: string, lastId: string | undefined, signal: AbortSignal): Promise<Response | undefined> {
  const headers = { accept: 'text/event-stream', ...(lastId !== undefined && { 'last-event-id': lastId }) };
  try {
    const response = await fetch(url, { headers, signal });
    if (response.ok) return response;
    const problem = await response.text();
    if (response.status < 500) throw new Error(`${url}: HTTP ${response.status}: ${problem}`);
    return undefined;
  } catch (error) {
    if (signal.aborted || !isCutOff(error)) throw error;
    return undefined;
  }
}

/** What fetch and its streams throw when a connection fails or ends too early. */
function isCutOff(error: unknown): boolean {
  return error instanceof TypeError && error.cause !== undefined;
}
