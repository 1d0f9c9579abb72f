import { setTimeout as delay } from 'node:timers/promises';
import { type ApiAccess, requestJson } from '../client/api.ts';
import { readConfig } from '../config.ts';
import type { ArbiterMemo } from '../contracts/arbiter.ts';
import type { HaltRequest, LiftRequest } from '../control/halt-request.ts';
import { clustersOf, haltClusters, liftClusters, readClusters } from '../control/kill-switch.ts';
import { connectTemporal } from './temporal-client.ts';

const pollMs = 100;

/** What a cluster's arbiter shows; `unproven` is told by Temporal alone. */
export type ClusterSwitch = { cluster: string } & Pick<ArbiterMemo, 'halt' | 'holds' | 'queue'> & Partial<Pick<ArbiterMemo, 'unproven'>>;

/** The kill switch, by whichever way it is reached. `halt` and `lift` answer the clusters they are for. */
export interface KillSwitch extends AsyncDisposable {
  halt(request: HaltRequest): Promise<string[]>;
  lift(request: LiftRequest): Promise<string[]>;
  /** undefined: every cluster that is configured, or has an arbiter */
  read(cluster: string | undefined): Promise<ClusterSwitch[]>;
}

export function switchByApi(access: ApiAccess): KillSwitch {
  const ask = async (method: 'GET' | 'POST' | 'DELETE', query: string, json?: unknown) => {
    const options = json === undefined ? { method } : { method, json };
    return (await requestJson<{ clusters: ClusterSwitch[] }>(access, `/v1/halt${query}`, options)).clusters;
  };
  return {
    halt: async (request) => (await ask('POST', '', request)).map(({ cluster }) => cluster),
    lift: async (request) => (await ask('DELETE', '', request)).map(({ cluster }) => cluster),
    read: (cluster) => ask('GET', cluster === undefined ? '' : `?cluster=${encodeURIComponent(cluster)}`),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** @throws Error when Temporal does not answer; ConfigError */
export async function switchByTemporal(): Promise<KillSwitch> {
  const temporal = await connectTemporal();
  const { client } = temporal;
  const clusters = (only: string | undefined) => clustersOf(client, Object.keys(readConfig().clusters), only);
  return {
    async halt({ cluster, ...abort }) {
      const all = await clusters(cluster);
      await haltClusters(client, all, abort);
      return all;
    },
    async lift({ cluster, ...asked }) {
      const all = await clusters(cluster);
      await liftClusters(client, all, asked);
      return all;
    },
    async read(cluster) {
      const all = await readClusters(client, await clusters(cluster));
      return all.map((one) => ({
        cluster: one.cluster,
        halt: one.arbiter?.halt ?? null,
        holds: one.arbiter?.holds ?? [],
        queue: one.arbiter?.queue ?? [],
        unproven: one.arbiter?.unproven ?? [],
      }));
    },
    [Symbol.asyncDispose]: () => temporal[Symbol.asyncDispose](),
  };
}

/** Reads a cluster until it is as wanted, or `until`, ms since the epoch; then as it is. */
export async function awaitSwitch(
  by: KillSwitch,
  cluster: string,
  until: number,
  isWanted: (halt: ArbiterMemo['halt']) => boolean,
): Promise<ArbiterMemo['halt']> {
  for (;;) {
    const halt = (await by.read(cluster)).find((one) => one.cluster === cluster)?.halt ?? null;
    if (isWanted(halt) || Date.now() > until) return halt;
    await delay(pollMs);
  }
}
