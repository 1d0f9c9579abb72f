import { mkdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { temporalBinary } from './artifacts/binaries.ts';
import { LabFailure } from './failure.ts';
import type { Lab, LabConfig } from './lab.ts';
import type { Processes } from './processes.ts';
import type { Progress } from './progress.ts';
import type { Slot } from './slot.ts';

export const temporalProcess = 'temporal';

export function temporalAddressOf(slot: Slot): string {
  return `127.0.0.1:${slot.temporalPort}`;
}

export function temporalUiOf(slot: Slot): string {
  return `http://127.0.0.1:${slot.temporalUiPort}`;
}

/** What is wrong with the Temporal server that the lab uses, a sentence each; empty when it answers. */
export async function temporalComplaints(lab: Lab, config: LabConfig): Promise<string[]> {
  if (config.temporalAddress !== null) {
    return (await accepts(config.temporalAddress)) ? [] : [`nobody answers at TEMPORAL_ADDRESS=${config.temporalAddress}`];
  }
  if ((await lab.processes.find(temporalProcess)) === undefined) return ['temporal is not running'];
  return (await temporalAnswers(lab.slot)) ? [] : [`the Temporal server does not answer at ${temporalUiOf(lab.slot)}`];
}

/**
 * Temporal hands an activity to the worker that asked for it with its answer, as it does by itself from 1.32 on: a quarter less work
 * for the server in a run (docs/operating.md).
 */
export const temporalSettings = { 'system.enableActivityEagerExecution': true };

/** Arguments of the development server for settings of Temporal's dynamic configuration. */
export function settingArguments(settings: Readonly<Record<string, number | boolean>>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ['--dynamic-config-value', `${name}=${value}`]);
}

/** Starts the lab's own Temporal server if it is not healthy. @throws LabFailure when one that is not the lab's does not answer */
export async function ensureTemporal(lab: Lab, config: LabConfig, progress: Progress): Promise<void> {
  const [complaint] = await temporalComplaints(lab, config);
  if (complaint === undefined) return;
  if (config.temporalAddress !== null) throw new LabFailure(`${complaint}; expected a Temporal server (unset it to have the lab run one)`);
  if (await lab.processes.responds(temporalProcess, 15_000, () => temporalAnswers(lab.slot))) return;
  const binary = await temporalBinary(progress);
  await stopTemporal(lab);
  await progress.task('temporal', 'starting', () => startTemporal(lab.slot, lab.directory, binary, lab.processes));
}

export async function stopTemporal(lab: Lab): Promise<void> {
  await lab.processes.stop(temporalProcess, 10_000);
  await lab.processes.sweep((name) => name === temporalProcess);
}

/** Starts the Temporal server with its Web UI; its SQLite database stays in the lab's directory. */
async function startTemporal(slot: Slot, directory: string, binary: string, processes: Processes): Promise<void> {
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
    ...settingArguments(temporalSettings),
  ]);
  await processes.ready(server, 30_000, () => temporalAnswers(slot));
}

/** Whether the server answers, asked through its Web UI, so that this answers, too. */
async function temporalAnswers(slot: Slot): Promise<boolean> {
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
