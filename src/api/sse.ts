import { once } from 'node:events';
import type { Response } from 'express';

export interface Frame {
  event: string;
  id: string;
  data: unknown;
}

const pingMs = 15_000;
/** how soon a client that lost the stream comes back */
const retryMs = 2_000;

/** Sends frames as server-sent events, at the client's pace, until they end, `signal` aborts, or they fail. */
export async function sendFrames(res: Response, frames: AsyncIterable<Frame>, signal: AbortSignal): Promise<void> {
  res.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    // A proxy that collects a response before it passes it on would defeat the purpose.
    'x-accel-buffering': 'no',
  });
  res.write(`retry: ${retryMs}\n\n`);
  // Keeps the connection from looking idle to what is in between.
  const ping = setInterval(() => res.write(': ping\n\n'), pingMs);
  try {
    for await (const frame of frames) {
      if (!res.write(formatFrame(frame))) await once(res, 'drain', { signal });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    clearInterval(ping);
  }
  res.end();
}

export function formatFrame(frame: Frame): string {
  return `event: ${frame.event}\nid: ${frame.id}\ndata: ${JSON.stringify(frame.data)}\n\n`;
}
