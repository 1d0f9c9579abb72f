import assert from 'node:assert/strict';
import { formatFrame } from '../../../src/api/sse.ts';
import { readServerSentEvents, type ServerSentEvent } from '../../../src/client/server-sent-events.ts';

async function read(...chunks: string[]): Promise<ServerSentEvent[]> {
  const stream = ReadableStream.from(chunks.map((chunk) => new TextEncoder().encode(chunk)));
  return collect(stream);
}

async function collect(stream: ReadableStream<Uint8Array>): Promise<ServerSentEvent[]> {
  const events: ServerSentEvent[] = [];
  for await (const event of readServerSentEvents(stream)) events.push(event);
  return events;
}

describe('server-sent events', () => {
  it('are read as they were sent, wherever the chunks part', async () => {
    const frames = [
      { event: 'run.started', id: '1', data: { text: 'two\nlines: é' } },
      { event: 'run.finished', id: '9_5-7', data: { verdict: null } },
    ];
    const text = `retry: 2000\n\n${frames.map(formatFrame).join(': ping\n\n')}`;
    for (const size of [1, 3, 7, 1_000]) {
      const bytes = new TextEncoder().encode(text);
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.slice(i * size, (i + 1) * size));
      const events = await collect(ReadableStream.from(chunks));
      assert.deepEqual(
        events.map((event) => ({ ...event, data: JSON.parse(event.data) })),
        frames,
      );
    }
  });

  it('are read with any line end, several data lines and a default name', async () => {
    assert.deepEqual(await read('data: a\r\ndata:b\r', '\n\r\n'), [{ event: 'message', id: '', data: 'a\nb' }]);
  });

  it('are dropped when cut off before their end', async () => {
    assert.deepEqual(await read('event: run.finished\ndata: {}\n'), []);
  });
});
