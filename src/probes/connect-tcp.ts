import { once } from 'node:events';
import { connect } from 'node:net';

/** Makes a TCP connection and closes it. Throws the system's error (with its `code`), or an AbortError. */
export async function connectTcp(host: string, port: number, signal: AbortSignal): Promise<void> {
  const socket = connect({ host, port });
  try {
    await once(socket, 'connect', { signal });
  } finally {
    // An error that comes after the signal has no listener any more.
    socket.on('error', () => undefined);
    socket.destroy();
  }
}
