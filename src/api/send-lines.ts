import { once } from 'node:events';
import type { Response } from 'express';

/** Sends values as lines of JSON, at the client's pace. */
export async function sendLines(res: Response, values: AsyncIterable<unknown>, signal: AbortSignal): Promise<void> {
  res.type('application/x-ndjson');
  try {
    for await (const value of values) {
      if (!res.write(`${JSON.stringify(value)}\n`)) await once(res, 'drain', { signal });
    }
  } catch (error) {
    // Whoever reads half an audit must not take it for the whole: the connection is cut off.
    if (!signal.aborted) throw error;
    res.destroy();
    return;
  }
  res.end();
}
