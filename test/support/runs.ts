import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { Report } from '../../src/contracts/report.ts';
import type { RunEvent } from '../../src/contracts/run-event.ts';

/** POSTs a document; answers the run's id. */
export async function startRun(apiUrl: string, document: string): Promise<string> {
  const response = await fetch(`${apiUrl}/v1/runs`, { method: 'POST', headers: { 'content-type': 'application/yaml' }, body: document });
  const body = await response.text();
  assert.equal(response.status, 202, body);
  const { id } = JSON.parse(body) as { id: string };
  return id;
}

/** Waits until a run has ended; answers its report. */
export async function reportOf(apiUrl: string, id: string): Promise<Report> {
  for (;;) {
    const response = await fetch(`${apiUrl}/v1/runs/${id}/report`, { headers: { accept: 'application/json' } });
    if (response.ok) return (await response.json()) as Report;
    assert.equal(response.status, 409, await response.text());
    await delay(250);
  }
}

export async function cancelRun(apiUrl: string, id: string): Promise<void> {
  const response = await fetch(`${apiUrl}/v1/runs/${id}/cancel`, { method: 'POST' });
  assert.equal(response.status, 202, await response.text());
}

/** Waits for an event of the run's stream that `wanted` accepts. Throws when the stream ends without one. */
export async function awaitEvent(
  apiUrl: string,
  id: string,
  wanted: (event: RunEvent) => boolean,
  headers: Record<string, string> = {},
): Promise<RunEvent> {
  const stop = new AbortController();
  const response = await fetch(`${apiUrl}/v1/runs/${id}/events`, { signal: stop.signal, headers });
  assert.ok(response.body);
  let buffer = '';
  let last: RunEvent | undefined;
  try {
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      buffer += chunk;
      for (let end = buffer.indexOf('\n\n'); end >= 0; end = buffer.indexOf('\n\n')) {
        const block = buffer.slice(0, end);
        buffer = buffer.slice(end + 2);
        const text = /^data: ?(.*)$/m.exec(block)?.[1];
        if (text === undefined) continue;
        const event = JSON.parse(text) as RunEvent;
        if (wanted(event)) return event;
        last = event;
      }
    }
  } finally {
    stop.abort();
  }
  throw new Error(`run ${id}: the stream ended without the event awaited; its last one was ${JSON.stringify(last)}`);
}
