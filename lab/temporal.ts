import { mkdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Processes } from './processes.ts';
import type { Slot } from './slot.ts';

export const temporalProcess = 'temporal';

export function temporalAddressOf(slot: Slot): string {
  return `127.0.0.1:${slot.temporalPort}`;
}

export function temporalUiOf(slot: Slot): string {
  return `http://127.0.0.1:${slot.temporalUiPort}`;
}

/** Starts the Temporal server with its Web UI; its SQLite database stays in the lab's directory. */
export async function startTemporal(slot: Slot, directory: string, binary: string, processes: Processes): Promise<void> {
  const data = join(directory, 'temporal');
  await mkdir(data, { recursive: true });
  const server = await processes.start(temporalProcess, [
    binary,
    'server',
    'start-dev',
    `--db-filename=${join(data, 'temporal.db')}`,
    '--ip=127.0.0.1',
    `--port=${slot.temporalPort}`,
    `--ui-port=${slot.temporalUiPort}`,
    '--log-level=warn',
  ]);
  await processes.ready(server, 30_000, () => temporalAnswers(slot));
}

/** Whether the server answers, asked through its Web UI, so that this answers, too. */
export async function temporalAnswers(slot: Slot): Promise<boolean> {
  const answer = await fetch(`${temporalUiOf(slot)}/api/v1/namespaces/default`, { signal: AbortSignal.timeout(2000) }).catch(
    () => undefined,
  );
  return answer?.ok === true;
}

/** Whether anybody accepts connections at HOST:PORT. */
export async function accepts(address: string, timeoutMs = 2000): Promise<boolean> {
  const separator = address.lastIndexOf(':');
  return new Promise((resolve) => {
    const socket = connect({ host: address.slice(0, separator), port: Number(address.slice(separator + 1)) });
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(timeoutMs, () => end(false));
    socket.on('connect', () => end(true));
    socket.on('error', () => end(false));
  });
}
