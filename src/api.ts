import { once } from 'node:events';
import type { Server } from 'node:http';
import { Client, Connection } from '@temporalio/client';
import { createApp } from './api/app.ts';
import { AuthSource } from './api/auth/auth-source.ts';
import { createHttpServer } from './api/http-server.ts';
import { defaultLimits } from './api/limits.ts';
import { ApiMetrics } from './api/metrics.ts';
import { ConfigError, readConfig, secretsOf } from './config.ts';
import { createLogger } from './security/logger.ts';
import { FileMistake } from './security/watched-file.ts';
import { openEncryption } from './temporal/data-converter.ts';
import { tracedClient } from './tracing/client-interceptor.ts';
import { startTracing } from './tracing/start-tracing.ts';

/** How long requests under way may take to end once the process is told to. */
const graceMs = 10_000;

async function main(): Promise<void> {
  const config = readConfig();
  // Listened for from the start: a signal that comes while the process starts must not end it halfway.
  const told = toldToEnd();
  const log = createLogger({ level: config.logLevel, base: { service: 'squall-api' }, secrets: secretsOf(config) });
  await using _tracing = await startTracing('squall-api', config.tracing, { secrets: secretsOf(config), log });
  // Connects with the first request and whenever the connection is lost; /readyz says whether it holds.
  const connection = Connection.lazy(config.temporal.connection);
  using encryption = openEncryption(config.temporal.codecKeysFile, log);
  const client = new Client({
    connection,
    namespace: config.temporal.namespace,
    dataConverter: encryption.dataConverter,
    interceptors: { workflow: [tracedClient()] },
  });
  const closing = new AbortController();
  const { key, host, port, authFile } = config.api;
  using auth = authFile === null ? null : new AuthSource(authFile, log);
  const app = createApp({
    client,
    clusters: Object.keys(config.clusters),
    ...(config.clustersConfigured && { knownClusters: Object.keys(config.clusters) }),
    uiUrl: config.uiUrl,
    ...(config.grafanaUrl !== null && { grafanaUrl: config.grafanaUrl }),
    key,
    auth,
    limits: { ...defaultLimits, perMinute: config.api.requestsPerMinute },
    log,
    metrics: new ApiMetrics(),
    closing: closing.signal,
  });
  const server = createHttpServer(app);
  server.listen(port, host);
  await once(server, 'listening');
  log.info({ host, port, temporal: config.temporal.connection.address, namespace: config.temporal.namespace }, 'listening');
  const signal = await told;
  log.info({ signal }, 'shutting down');
  closing.abort();
  await close(server);
  await connection.close();
  log.info('stopped');
}

function toldToEnd(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, resolve);
  });
}

/** Of whoever configured it: its message says it all. */
function isMistake(error: unknown): error is Error {
  return error instanceof ConfigError || error instanceof FileMistake;
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  // A connection whose last answer ends after that would be kept for a next request, which is not taken any more.
  const idle = setInterval(() => server.closeIdleConnections(), 100);
  const deadline = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearInterval(idle);
  clearTimeout(deadline);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`squall: ${isMistake(error) ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = isMistake(error) ? 64 : 69;
}
