import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RecordedRequest {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** What a server answers: a status, or a status and a value as JSON. */
export type Answer = number | { status: number; body: unknown };

/** A real HTTP server that writes down what it is sent. */
export class RecordingServer implements AsyncDisposable {
  readonly url: string;
  readonly requests: RecordedRequest[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start(
    answer: (request: RecordedRequest, earlier: readonly RecordedRequest[]) => Answer = () => 200,
  ): Promise<RecordingServer> {
    const server = createServer(async (req, res) => {
      let body = '';
      for await (const chunk of req.setEncoding('utf8')) body += chunk;
      const request = { method: req.method ?? '', path: req.url ?? '', headers: req.headers, body };
      const answered = answer(request, recording.requests);
      recording.requests.push(request);
      const { status, body: value } = typeof answered === 'number' ? { status: answered, body: undefined } : answered;
      res.writeHead(status, { 'content-type': 'application/json' }).end(value === undefined ? '' : JSON.stringify(value));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const recording = new RecordingServer(server);
    return recording;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}
