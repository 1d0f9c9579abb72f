import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type WebSocket from 'ws';
import { rootMessage } from '../root-message.ts';
import { openChannelSocket } from './channel-socket.ts';
import { ClusterError, type Forward } from './cluster.ts';
import type { Connection } from './connection.ts';

const dataChannel = 0;
const errorChannel = 1;
const openTimeoutMs = 10_000;
const maxBufferedBytes = 1024 * 1024;

/**
 * Listens on a loopback port and forwards each connection to the pod's port over a WebSocket of its own.
 * What can't be forwarded is reset, and `lastError` says why.
 */
export async function portForward(connection: Connection, namespace: string, pod: string, port: number): Promise<Forward> {
  const operation = `forward to port ${port} of pod ${namespace}/${pod}`;
  const path = `/api/v1/namespaces/${namespace}/pods/${pod}/portforward?ports=${port}`;
  const closed = new AbortController();
  const sockets = new Set<Socket>();
  let lastError: string | null = null;
  const server = createServer({ pauseOnConnect: true }, (local) => {
    sockets.add(local);
    local.on('close', () => sockets.delete(local));
    // Its `close` follows, and is what counts.
    local.on('error', () => undefined);
    openChannelSocket(connection, operation, path, openTimeoutMs, closed.signal)
      .then((remote) => join(operation, local, remote))
      .catch((error) => {
        lastError = error instanceof ClusterError ? error.message : `${operation}: ${rootMessage(error)}`;
        local.resetAndDestroy();
      });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error(`${operation}: listens on no TCP port`);
  return {
    host: address.address,
    port: address.port,
    get lastError() {
      return lastError;
    },
    async [Symbol.asyncDispose]() {
      if (closed.signal.aborted) return;
      closed.abort();
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Copies both ways until either side ends. Throws what the API server says on the error channel. */
async function join(operation: string, local: Socket, remote: WebSocket): Promise<void> {
  if (local.destroyed) {
    remote.terminate();
    return;
  }
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // The first message of each channel is the port's number.
  const begun = new Set<number>();
  remote.on('message', (message: Buffer) => {
    const channel = message[0] ?? 0;
    const data = message.subarray(1);
    if (!begun.has(channel)) {
      begun.add(channel);
      return;
    }
    if (channel === errorChannel && data.length > 0) reject(new ClusterError(operation, data.toString('utf8').trim(), { retryable: true }));
    else if (channel === dataChannel && !local.destroyed && !local.write(data)) {
      remote.pause();
      local.once('drain', () => remote.resume());
    }
  });
  remote.on('close', (code) => {
    if (code === 1000 || code === 1005) resolve();
    else reject(new ClusterError(operation, `the connection was lost (WebSocket close ${code})`, { retryable: true }));
  });
  local.on('data', (data) => {
    remote.send(Buffer.concat([Buffer.of(dataChannel), data]), () => {
      if (remote.bufferedAmount < maxBufferedBytes) local.resume();
    });
    if (remote.bufferedAmount >= maxBufferedBytes) local.pause();
  });
  local.on('close', () => resolve());
  local.resume();
  remote.resume();
  try {
    await promise;
    local.end();
  } finally {
    remote.close();
    // The closing handshake may never be answered; nothing more is expected of it.
    setTimeout(() => remote.terminate(), 1_000).unref();
  }
}
