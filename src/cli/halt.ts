import { type HaltRequest, type LiftRequest, type ReadHalt, readHaltRequest, readLiftRequest } from '../control/halt-request.ts';
import { errorMessage } from '../error-message.ts';
import { apiAccess, isApiConfigured } from './api-access.ts';
import type { haltOptions, holdsOptions } from './commands/switch.ts';
import type { Given } from './declare.ts';
import { defaultActor } from './default-actor.ts';
import { awaitSwitch, type ClusterSwitch, type KillSwitch, switchByApi, switchByTemporal } from './kill-switch.ts';
import { print } from './output.ts';
import { table } from './table.ts';
import { UsageError } from './usage-error.ts';

/** A worker takes the switch up within that, if one lives. */
const takenUpMs = 5_000;
const undoneMs = 120_000;

/** What became of the kill switch on one cluster. */
interface Told {
  cluster: string;
  state: 'halted' | 'not-taken-up';
  /** those under way, and when each was proven undone, ms after the switch was thrown; null: not yet */
  runs: { runId: string; undoneAfterMs: number | null }[];
}

/**
 * `squall halt`: throws the kill switch and waits until everything it stopped is undone. 1: something is not within two minutes;
 * 69: no worker took it up.
 */
export async function halt({ options }: Given<typeof haltOptions>): Promise<number> {
  const request = readRequest('halt', options, readHaltRequest);
  await using by = await openSwitch(options).catch((error: unknown) => {
    throw instead(error);
  });
  const thrownAt = Date.now();
  const clusters = await by.halt(request).catch((error: unknown) => {
    throw instead(error);
  });
  const all = await Promise.all(clusters.map((cluster) => follow(by, cluster, thrownAt)));
  print(options.output, all, () => all.map(told).join(''));
  if (all.some(({ state }) => state === 'not-taken-up')) return 69;
  return all.some(({ runs }) => runs.some(({ undoneAfterMs }) => undoneAfterMs === null)) ? 1 : 0;
}

/** `squall lift`: new runs are granted again. 69: no worker took it up. */
export async function lift({ options }: Given<typeof haltOptions>): Promise<number> {
  const request = readRequest('lift', options, readLiftRequest);
  await using by = await openSwitch(options);
  const clusters = await by.lift(request);
  const until = Date.now() + takenUpMs;
  const all = await Promise.all(
    clusters.map(async (cluster) => ({ cluster, lifted: (await awaitSwitch(by, cluster, until, (seen) => seen === null)) === null })),
  );
  print(options.output, all, () => all.map(({ cluster, lifted }) => `cluster ${cluster}: ${lifted ? 'lifted' : notTakenUp}\n`).join(''));
  return all.every(({ lifted }) => lifted) ? 0 : 69;
}

/** `squall holds`: which run holds what, and which wait; straight by Temporal it needs neither API nor worker. */
export async function holds({ options }: Given<typeof holdsOptions>): Promise<number> {
  await using by = await openSwitch(options);
  const all = await by.read(options.cluster);
  print(options.output, all, () => all.map(heldTable).join(''));
  return 0;
}

const notTakenUp = 'no worker took it up yet; it waits for one, and takes effect then';

async function openSwitch({ api, direct }: { api: string | undefined; direct: boolean }): Promise<KillSwitch> {
  return isApiConfigured(api) && !direct ? switchByApi(apiAccess(api)) : switchByTemporal();
}

/** Whoever wants everything to stop is told the way that is left. */
function instead(error: unknown): unknown {
  const exitCode = error instanceof Error && 'exitCode' in error ? error.exitCode : 69;
  if (exitCode !== 69) return error;
  const way = `${error instanceof Error && error.name === 'ApiUnreachable' ? '--direct goes straight to Temporal, and ' : ''}squall sweep --all --yes undoes everything straight on the clusters`;
  return new Error(`${errorMessage(error)}; ${way}`, { cause: error });
}

function readRequest<T extends HaltRequest | LiftRequest>(
  command: string,
  { actor = defaultActor(), reason, cluster }: Given<typeof haltOptions>['options'],
  read: (written: unknown) => ReadHalt<T>,
): T {
  const result = read({ actor, ...(reason !== undefined && { reason }), ...(cluster !== undefined && { cluster }) });
  if (result.ok) return result.request;
  const mistakes = result.mistakes.map(({ path, found, expected }) => `--${path}: found ${found}, expected ${expected}`);
  throw new UsageError(`${command}: ${mistakes.join('; ')}`, command);
}

async function follow(by: KillSwitch, cluster: string, thrownAt: number): Promise<Told> {
  const taken = await awaitSwitch(by, cluster, thrownAt + takenUpMs, (halted) => halted !== null);
  if (taken === null) return { cluster, state: 'not-taken-up', runs: [] };
  const isUndone = (halted: ClusterSwitch['halt']) => halted?.runs.every(({ undoneAt }) => undoneAt !== null) ?? true;
  const halted = await awaitSwitch(by, cluster, thrownAt + undoneMs, isUndone);
  const runs = (halted?.runs ?? []).map(({ runId, undoneAt }) => {
    return { runId, undoneAfterMs: undoneAt === null ? null : Math.max(0, undoneAt - thrownAt) };
  });
  return { cluster, state: 'halted', runs };
}

function told({ cluster, state, runs }: Told): string {
  if (state === 'not-taken-up') {
    return `cluster ${cluster}: ${notTakenUp}. Straight on the clusters: squall sweep --all --yes\n`;
  }
  const left = runs.filter(({ undoneAfterMs }) => undoneAfterMs === null).map(({ runId }) => `  not undone yet: ${runId}\n`);
  const last = Math.max(0, ...runs.map(({ undoneAfterMs }) => undoneAfterMs ?? 0));
  const when = runs.length === 0 ? '' : `, the last was undone after ${(last / 1_000).toFixed(1)} s`;
  return `cluster ${cluster}: halted, ${runs.length} ${runs.length === 1 ? 'run' : 'runs'} stopped${when}\n${left.join('')}`;
}

function heldTable({ cluster, halt: halted, holds: held, queue, unproven = [] }: ClusterSwitch): string {
  const at = (time: number) => new Date(time).toISOString();
  const rows = [
    ...held.map(({ on, runId, since }) => [on, 'held', runId, at(since)]),
    ...queue.map(({ on, runId, since }) => [on, 'waited for', runId, at(since)]),
  ];
  const head =
    rows.length === 0 ? `cluster ${cluster}: nobody holds anything\n` : `cluster ${cluster}: ${held.length} hold, ${queue.length} wait\n`;
  const stopped = halted === null ? '' : `halted by ${halted.actor} at ${at(halted.since)}: ${halted.reason}\n`;
  const left = unproven.map(({ runId, missing }) => `${runId} is over, and not proven undone: ${missing}\n`).join('');
  return head + stopped + (rows.length === 0 ? '' : table([['what', 'is', 'by', 'since'], ...rows])) + left;
}
