import { log } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { expectedForMs } from '../contracts/arbiter.ts';
import { errorMessage } from '../error-message.ts';
import { type ArbiterPlace, foretellRequests } from '../temporal/arbiter-client.ts';

/** When this worker told the arbiters last, ms since the epoch, by their clusters. */
const toldAt = new WeakMap<Client, Map<string, number>>();

/**
 * Has the arbiters find out which runs go on while a run is still being planned, so that it need not wait for that when it asks them.
 * One that was told lately is not told again. A run that they do not know of in time is answered a little later, and all the same.
 */
export async function foretellToArbiters(places: readonly ArbiterPlace[]): Promise<void> {
  await Promise.all(places.map(foretell));
}

async function foretell(place: ArbiterPlace): Promise<void> {
  const { client, cluster } = place;
  const times = toldAt.get(client) ?? new Map<string, number>();
  toldAt.set(client, times);
  const now = Date.now();
  for (const [told, at] of times) if (now - at >= expectedForMs) times.delete(told);
  if (times.has(cluster)) return;
  times.set(cluster, now);
  try {
    await foretellRequests(place);
  } catch (error) {
    log.warn('the arbiter could not be told that it will be asked', { cluster, error: errorMessage(error) });
  }
}
