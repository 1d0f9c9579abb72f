import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';

/**
 * Serves /metrics, /livez and /readyz until disposed of.
 *
 * @param more further metrics, in Prometheus's text format
 */
export async function serveMetrics(
  address: { host: string; port: number },
  registry: Registry,
  more: () => Promise<string>,
  ready: () => boolean,
): Promise<AsyncDisposable> {
  const server = createServer((request, response) => {
    answer(request.url?.split('?')[0], response, { registry, more, ready }).catch((error: unknown) => {
      response.statusCode = 500;
      response.end(`${String(error)}\n`);
    });
  });
  server.listen(address.port, address.host);
  await once(server, 'listening');
  return {
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

interface Served {
  registry: Registry;
  more: () => Promise<string>;
  ready: () => boolean;
}

async function answer(path: string | undefined, response: ServerResponse, { registry, more, ready }: Served): Promise<void> {
  if (path === '/metrics') {
    response.setHeader('content-type', registry.contentType);
    const [own, others] = await Promise.all([registry.metrics(), more()]);
    response.end(own + others);
    return;
  }
  const up = path === '/livez' || (path === '/readyz' && ready());
  response.statusCode = up ? 200 : path === '/readyz' ? 503 : 404;
  response.setHeader('content-type', 'text/plain');
  response.end(up ? 'ok\n' : path === '/readyz' ? 'not ready\n' : 'not found\n');
}
