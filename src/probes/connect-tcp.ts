import { once } from 'node:events';
import { connect } from 'node:net';
import { type EgressPolicy, refuseHost } from '../security/egress.ts';
import { guardedLookup } from '../security/guarded-connect.ts';

/**
 * Makes a TCP connection and closes it.
 *
 * @throws EgressRefused; the system's error (with its `code`); an AbortError
 */
export async function connectTcp(host: string, port: number, signal: AbortSignal, egress: EgressPolicy): Promise<void> {
  refuseHost(host, egress);
  const socket = connect({ host, port, lookup: guardedLookup(egress) });
  try {
    await once(socket, 'connect', { signal });
  } finally {
    // An error that comes after the signal has no listener any more.
    socket.on('error', () => undefined);
    socket.destroy();
  }
}
