import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { followEvents } from '../../../src/client/follow-events.ts';

const signal = new AbortController().signal;

/** Serves each request by the next of the answers, and keeps the Last-Event-ID it came with. */
async function serve(answers: ((req: IncomingMessage, res: ServerResponse) => void)[]) {
  const asked: (string | undefined)[] = [];
  const server = createServer((req, res) => {
    asked.push(req.headers['last-event-id']?.toString());
    answers[asked.length - 1]?.(req, res);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/events`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const frame = (type: string, id: string) => `event: ${type}\nid: ${id}\ndata: ${JSON.stringify({ type })}\n\n`;

describe('following a run', () => {
  it('takes up a stream that was cut off, ended early or was not ready, after the last event it saw', async () => {
    await using server = await serve([
      (_req, res) => {
        res.writeHead(200).write(frame('run.started', '1'));
        setImmediate(() => res.destroy());
      },
      (_req, res) => res.writeHead(503).end('{}'),
      (_req, res) => res.writeHead(200).end(frame('run.planned', '7')),
      (_req, res) => res.writeHead(200).end(frame('run.finished', '9')),
    ]);
    const types: string[] = [];
    for await (const event of followEvents(server.url, signal)) types.push(event.type);
    assert.deepEqual(types, ['run.started', 'run.planned', 'run.finished']);
    assert.deepEqual(server.asked, [undefined, '1', '1', '7']);
  }).timeout(10_000);

  it('gives up on a problem of its own making', async () => {
    await using server = await serve([(_req, res) => res.writeHead(404).end('{"title":"There is no such run"}')]);
    await assert.rejects(followEvents(server.url, signal).next(), /HTTP 404: .*There is no such run/);
  });

  it('ends when told to', async () => {
    await using server = await serve([(_req, res) => res.writeHead(200).write(frame('run.started', '1'))]);
    const stop = new AbortController();
    const events = followEvents(server.url, stop.signal);
    assert.equal((await events.next()).value?.type, 'run.started');
    const next = events.next();
    stop.abort();
    await assert.rejects(next, { name: 'AbortError' });
  });
});
