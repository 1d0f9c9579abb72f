import { ApplicationFailure } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import type { HoldDecision, HoldRequest } from '../contracts/arbiter.ts';
import { failureTypes } from '../contracts/names.ts';
import { type ArbiterPlace, requestFromArbiter } from '../temporal/arbiter-client.ts';
import { CrowdedError, Lanes } from './lanes.ts';

/** Of one worker, at the arbiter of one cluster, which takes ten at once from all of them together. */
const atOnce = 5;
/** Those beyond come again: they would take the slots of activities that others, and the arbiter itself, are waiting for. */
const mostWaiting = 15;
const comeAgainMs = 1_000;
/** A thousand that begin together ask some thirty times a second in all: more would keep the arbiter from answering any. */
const longestMs = 30_000;

const lanesOf = new WeakMap<Client, Map<string, Lanes>>();

/** @throws ApplicationFailure when too many ask: it says when to come again */
export async function requestHold(place: ArbiterPlace, request: HoldRequest, attempt: number, signal: AbortSignal): Promise<HoldDecision> {
  const { client, cluster } = place;
  try {
    return await lanesAt(client, cluster).run(() => {
      signal.throwIfAborted();
      return requestFromArbiter(place, request, signal);
    });
  } catch (error) {
    if (!(error instanceof CrowdedError)) throw error;
    throw ApplicationFailure.create({
      type: failureTypes.crowded,
      message: `too many runs ask the arbiter of ${cluster} at this moment: ${error.message}`,
      // Those that came together do not come again together.
      nextRetryDelay: Math.round(Math.min(comeAgainMs * attempt, longestMs) * (0.5 + Math.random())),
    });
  }
}

function lanesAt(client: Client, cluster: string): Lanes {
  const all = lanesOf.get(client) ?? new Map<string, Lanes>();
  lanesOf.set(client, all);
  const lanes = all.get(cluster) ?? new Lanes(atOnce, mostWaiting);
  all.set(cluster, lanes);
  return lanes;
}
