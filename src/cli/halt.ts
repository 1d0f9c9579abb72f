import type { Client } from '@temporalio/client';
import { readConfig } from '../config.ts';
import type { ArbiterMemo } from '../contracts/arbiter.ts';
import { type HaltRequest, type LiftRequest, type ReadHalt, readHaltRequest, readLiftRequest } from '../control/halt-request.ts';
import { awaitArbiter, clustersOf, haltClusters, liftClusters, readClusters } from '../control/kill-switch.ts';
import { defaultActor } from './default-actor.ts';
import { readOptions, readOutput } from './options.ts';
import { table } from './table.ts';
import { connectTemporal } from './temporal-client.ts';
import { UsageError } from './usage-error.ts';

const text = { type: 'string' } as const;
const options = { actor: text, reason: text, cluster: text, output: { type: 'string', default: 'table' } } as const;

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
 * `squall halt`: throws the kill switch, straight by Temporal, and waits until everything it stopped is undone. 1: something is not
 * within two minutes; 69: no worker took it up.
 */
export async function halt(argv: string[]): Promise<number> {
  const { request, output } = readArguments('halt', argv, readHaltRequest);
  await using temporal = await connectTemporal().catch((error: unknown) => {
    const instead = 'squall sweep --all --yes undoes everything straight on the clusters';
    throw new Error(`${error instanceof Error ? error.message : String(error)}; ${instead}`, { cause: error });
  });
  const { client } = temporal;
  const thrownAt = Date.now();
  const clusters = await clustersOf(client, Object.keys(readConfig().clusters), request.cluster);
  await haltClusters(client, clusters, request);
  const all = await Promise.all(clusters.map((cluster) => follow(client, cluster, thrownAt)));
  process.stdout.write(output === 'json' ? `${JSON.stringify(all, null, 2)}\n` : all.map(told).join(''));
  if (all.some(({ state }) => state === 'not-taken-up')) return 69;
  return all.some(({ runs }) => runs.some(({ undoneAfterMs }) => undoneAfterMs === null)) ? 1 : 0;
}

/** `squall lift`: new runs are granted again. 69: no worker took it up. */
export async function lift(argv: string[]): Promise<number> {
  const { request } = readArguments('lift', argv, readLiftRequest);
  await using temporal = await connectTemporal();
  const { client } = temporal;
  const clusters = await clustersOf(client, Object.keys(readConfig().clusters), request.cluster);
  const { cluster: _, ...asked } = request;
  await liftClusters(client, clusters, asked);
  const until = Date.now() + takenUpMs;
  const all = await Promise.all(clusters.map((cluster) => awaitArbiter(client, cluster, until, (arbiter) => arbiter?.halt === null)));
  for (const [index, cluster] of clusters.entries()) {
    const lifted = all[index]?.halt === null;
    process.stdout.write(`cluster ${cluster}: ${lifted ? 'lifted' : notTakenUp}\n`);
  }
  return all.every((arbiter) => arbiter?.halt === null) ? 0 : 69;
}

/** `squall holds`: which run holds what, and which wait; needs neither API nor worker. */
export async function holds(argv: string[]): Promise<number> {
  const { values, positionals } = readOptions(argv, { cluster: text, output: options.output });
  if (positionals.length > 0) throw new UsageError(`holds: found ${positionals.join(' ')}, expected options only`);
  const output = readOutput(values.output);
  await using temporal = await connectTemporal();
  const clusters = await clustersOf(temporal.client, Object.keys(readConfig().clusters), values.cluster);
  const all = await readClusters(temporal.client, clusters);
  process.stdout.write(
    output === 'json' ? `${JSON.stringify(all, null, 2)}\n` : all.map(({ cluster, arbiter }) => heldTable(cluster, arbiter)).join(''),
  );
  return 0;
}

const notTakenUp = 'no worker took it up yet; it waits for one, and takes effect then';

function readArguments<T extends HaltRequest | LiftRequest>(
  command: string,
  argv: string[],
  read: (written: unknown) => ReadHalt<T>,
): { request: T; output: 'table' | 'json' } {
  const { values, positionals } = readOptions(argv, options);
  if (positionals.length > 0) throw new UsageError(`${command}: found ${positionals.join(' ')}, expected options only`);
  const { actor = defaultActor(), reason, cluster } = values;
  const given = { actor, ...(reason !== undefined && { reason }), ...(cluster !== undefined && { cluster }) };
  const result = read(given);
  if (result.ok) return { request: result.request, output: readOutput(values.output) };
  const mistakes = result.mistakes.map(({ path, found, expected }) => `--${path}: found ${found}, expected ${expected}`);
  throw new UsageError(`${command}: ${mistakes.join('; ')}`);
}

async function follow(client: Client, cluster: string, thrownAt: number): Promise<Told> {
  const taken = await awaitArbiter(client, cluster, thrownAt + takenUpMs, (arbiter) => arbiter?.halt != null);
  if (taken?.halt == null) return { cluster, state: 'not-taken-up', runs: [] };
  const isUndone = (arbiter: ArbiterMemo | null) => arbiter?.halt?.runs.every(({ undoneAt }) => undoneAt !== null) ?? true;
  const arbiter = await awaitArbiter(client, cluster, thrownAt + undoneMs, isUndone);
  const runs = (arbiter?.halt?.runs ?? []).map(({ runId, undoneAt }) => {
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

function heldTable(cluster: string, arbiter: ArbiterMemo | null): string {
  if (arbiter === null) return `cluster ${cluster}: nobody holds anything\n`;
  const { halt, unproven } = arbiter;
  const at = (time: number) => new Date(time).toISOString();
  const rows = [
    ...arbiter.holds.map(({ on, runId, since }) => [on, 'held', runId, at(since)]),
    ...arbiter.queue.map(({ on, runId, since }) => [on, 'waited for', runId, at(since)]),
  ];
  const head = `cluster ${cluster}: ${arbiter.counts.holds} hold, ${arbiter.counts.queue} wait\n`;
  const halted = halt === null ? '' : `halted by ${halt.actor} at ${at(halt.since)}: ${halt.reason}\n`;
  const left = unproven.map(({ runId, missing }) => `${runId} is over, and not proven undone: ${missing}\n`).join('');
  return head + halted + (rows.length === 0 ? '' : table([['what', 'is', 'by', 'since'], ...rows])) + left;
}
