import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Client, Connection } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { pino } from 'pino';
import { createApp } from '../../src/api/app.ts';
import type { AuthSource } from '../../src/api/auth/auth-source.ts';
import { ApiMetrics } from '../../src/api/metrics.ts';

/** The real API in this process, on loopback, on a free port unless one is given, with a connection to Temporal of its own. */
export class ApiServer implements AsyncDisposable {
  readonly url: string;
  readonly #close: () => Promise<void>;

  private constructor(url: string, close: () => Promise<void>) {
    this.url = url;
    this.#close = close;
  }

  static async start(
    temporalAddress: string,
    options: { key?: string; auth?: AuthSource; dataConverter?: DataConverter; port?: number; uiUrl?: string } = {},
  ): Promise<ApiServer> {
    const connection = Connection.lazy({ address: temporalAddress });
    const closing = new AbortController();
    const app = createApp({
      client: new Client({ connection, dataConverter: options.dataConverter ?? {} }),
      clusters: ['default'],
      uiUrl: options.uiUrl ?? 'http://127.0.0.1:8233',
      key: options.key ?? null,
      auth: options.auth ?? null,
      log: pino({ level: 'silent' }),
      metrics: new ApiMetrics(),
      closing: closing.signal,
      verifyReplies: true,
    });
    const server = createServer(app).listen(options.port ?? 0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    return new ApiServer(`http://127.0.0.1:${port}`, async () => {
      closing.abort();
      const closed = once(server, 'close');
      server.close();
      await closed;
      await connection.close();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }
}
