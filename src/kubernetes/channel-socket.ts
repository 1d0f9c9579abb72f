import WebSocket from 'ws';
import { rootMessage } from '../root-message.ts';
import { ClusterError } from './cluster.ts';
import type { Connection } from './connection.ts';
import { apiMessage, httpError } from './errors.ts';

// v5 adds the closing of single channels to v4; a server that knows neither is older than Kubernetes 1.6.
const protocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];
const pingIntervalMs = 5_000;

/**
 * Opens a WebSocket to a path of the API server that speaks Kubernetes' channel protocol: binary
 * messages, the first byte of which is the channel. It is kept alive by pings, and terminated when
 * the peer leaves two in a row unanswered; its `close` event always comes. It is paused: resume it
 * once its messages are listened to. One that is not `keepsRunning` does not keep this process from ending.
 *
 * @throws ClusterError with the API server's answer, or the signal's reason
 */
export async function openChannelSocket(
  connection: Connection,
  operation: string,
  path: string,
  timeoutMs: number,
  signal?: AbortSignal,
  { keepsRunning = true }: { keepsRunning?: boolean } = {},
): Promise<WebSocket> {
  signal?.throwIfAborted();
  const options = await connection.credentials.webSocketOptions();
  signal?.throwIfAborted();
  const socket = new WebSocket(`${connection.server.replace(/^http/, 'ws')}${path}`, protocols, {
    ...options,
    handshakeTimeout: timeoutMs,
    perMessageDeflate: false,
  });
  const { promise, resolve, reject } = Promise.withResolvers<WebSocket>();
  if (!keepsRunning) socket.once('upgrade', (response) => response.socket.unref());
  const onAbort = () => {
    reject(signal?.reason);
    socket.terminate();
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  socket.once('open', () => {
    // The server's first messages may come with its answer, before the caller can listen.
    socket.pause();
    resolve(socket);
  });
  // Stays for the socket's life: an error without a listener would end the process; `close` follows each.
  socket.on('error', (error) => reject(new ClusterError(operation, rootMessage(error), { retryable: true, cause: error })));
  socket.once('unexpected-response', (_request, response) => {
    const chunks: Buffer[] = [];
    // Once the answer has ended, destroying the request does nothing, and the server may keep the connection open.
    const connected = response.socket;
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('close', () => {
      const message = apiMessage(Buffer.concat(chunks).toString('utf8')) ?? 'no message';
      reject(httpError(operation, response.statusCode ?? 0, message));
      connected.destroy();
    });
  });
  try {
    await promise;
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
  keepAlive(socket);
  return socket;
}

function keepAlive(socket: WebSocket): void {
  let unanswered = 0;
  const timer = setInterval(() => {
    // While nothing is read, neither is an answer.
    if (socket.isPaused) return;
    if (unanswered === 2) {
      socket.terminate();
      return;
    }
    unanswered++;
    socket.ping();
  }, pingIntervalMs).unref();
  socket.on('pong', () => {
    unanswered = 0;
  });
  socket.on('close', () => clearInterval(timer));
}
