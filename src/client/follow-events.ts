import type { RunEvent } from '../contracts/run-event.ts';
import { type ApiAccess, ApiUnreachable, headersOf, problemOf } from './api.ts';
import { readServerSentEvents } from './server-sent-events.ts';

const pauseMs = 1_000;
/** The API sends something every 15 s; a connection that is silent for longer is dead, though nobody said so. */
const silentMs = 45_000;

export interface FollowOptions {
  /** null: none */
  token?: string | null;
  /** how long an API that does not answer is tried again before it is given up; absent: for ever */
  giveUpAfterMs?: number;
  /** the stream was lost, or could not be had; it is tried again */
  onLost?(why: string): void;
  /** it is there again */
  onBack?(): void;
}

// It runs in browsers, too.

/**
 * A run's events from the first to the last. A stream that is cut off is taken up again where it was.
 *
 * @param url of the run's events
 * @throws ApiProblem when the API answers with a problem that is not its own; ApiUnreachable when it is given up; AbortError
 */
export async function* followEvents(url: string, signal: AbortSignal, options: FollowOptions = {}): AsyncGenerator<RunEvent, undefined> {
  const { token = null, giveUpAfterMs = Number.POSITIVE_INFINITY } = options;
  let lastId: string | undefined;
  let lostAt: number | undefined;
  const lost = (why: string): void => {
    if (lostAt === undefined) options.onLost?.(why);
    lostAt ??= Date.now();
    if (Date.now() - lostAt < giveUpAfterMs) return;
    throw new ApiUnreachable(`the API at ${new URL(url).origin} did not come back within ${giveUpAfterMs / 1_000} s (${why})`);
  };
  for (;;) {
    signal.throwIfAborted();
    const tried = new AbortController();
    const connected = await connect(url, token, lastId, AbortSignal.any([signal, tried.signal]));
    if (typeof connected === 'string') lost(connected);
    // There is nothing left after what was seen.
    else if (connected.status === 204) return undefined;
    else if (connected.body) {
      if (lostAt !== undefined) options.onBack?.();
      lostAt = undefined;
      try {
        for await (const { id, data } of readServerSentEvents(untilSilent(connected.body, tried))) {
          const event = JSON.parse(data) as RunEvent;
          yield event;
          if (event.type === 'run.finished') return undefined;
          lastId = id;
        }
        lost('the stream ended before the run');
      } catch (error) {
        if (signal.aborted || (!tried.signal.aborted && !isCutOff(error))) throw error;
        lost(tried.signal.aborted ? `nothing came for ${silentMs / 1_000} s` : 'the connection was lost');
      } finally {
        tried.abort();
      }
    }
    await pause(signal);
  }
}

/** A string says why the API can't be reached now, or isn't ready. */
async function connect(url: string, token: string | null, lastId: string | undefined, signal: AbortSignal): Promise<Response | string> {
  const access: ApiAccess = { url, token };
  const headers = { ...headersOf(access), accept: 'text/event-stream', ...(lastId !== undefined && { 'last-event-id': lastId }) };
  try {
    const response = await fetch(url, { headers, signal });
    if (response.ok) return response;
    const problem = await response.text();
    if (response.status < 500 && response.status !== 429) throw problemOf(url, response, problem);
    return `HTTP ${response.status}`;
  } catch (error) {
    if (signal.aborted || !isCutOff(error)) throw error;
    return 'it does not answer';
  }
}

/** The body as it comes; gives up on it when nothing does for too long. */
function untilSilent(body: ReadableStream<Uint8Array>, tried: AbortController): ReadableStream<Uint8Array> {
  let timer = startTimer(() => tried.abort(), silentMs);
  return body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        clearTimeout(timer);
        timer = startTimer(() => tried.abort(), silentMs);
        controller.enqueue(chunk);
      },
      flush() {
        clearTimeout(timer);
      },
    }),
  );
}

/** Until it is time to try again. @throws AbortError */
function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const aborted = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', aborted);
      resolve();
    }, pauseMs);
    signal.addEventListener('abort', aborted, { once: true });
    if (signal.aborted) aborted();
  });
}

/** A process does not stay for it; in a browser there is nothing to keep. */
function startTimer(action: () => void, ms: number): ReturnType<typeof setTimeout> {
  const timer: ReturnType<typeof setTimeout> = setTimeout(action, ms);
  if (typeof timer === 'object') (timer as { unref(): void }).unref();
  return timer;
}

/** What fetch and its streams throw when a connection fails or ends too early. Node tells the cause; browsers have words of their own. */
function isCutOff(error: unknown): boolean {
  if (!(error instanceof TypeError)) return false;
  return error.cause !== undefined || /fetch|network|load|input stream/i.test(error.message);
}
