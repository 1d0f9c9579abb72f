import { cancelled, heartbeat } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { Activities } from '../../src/contracts/activities.ts';
import { observationOf, planOf, simulatedActivities } from './simulated-activities.ts';

/**
 * Simulated activities (no cluster stands behind them) that a campaign's name steers: `held-…` stays in
 * its fault until `release` or a cancellation, `slow-…` fails its hypothesis, `broken-…` cannot be planned, `stuck-…` cannot be
 * undone but by force.
 */
export class HeldActivities {
  readonly activities: Activities;
  readonly #released = new Map<string, PromiseWithResolvers<void>>();

  constructor() {
    const forced = new Set<string>();
    const plain = simulatedActivities([]);
    this.activities = simulatedActivities([], {
      revertFault: async (fault) => {
        if (fault.runId.startsWith('stuck-') && !forced.has(fault.id)) throw ApplicationFailure.create({ message: 'pods is forbidden' });
        return plain.revertFault(fault);
      },
      forceUndo: async (fault) => {
        forced.add(fault.id);
        return plain.forceUndo(fault);
      },
      makePlan: async ({ campaign, seed }) => {
        if (campaign.name.startsWith('broken-')) throw ApplicationFailure.nonRetryable('the cluster did not answer', 'ClusterError');
        return planOf(campaign, seed);
      },
      observe: async (input) => {
        const { name } = input.campaign;
        if (input.fault !== null && name.startsWith('held-')) await this.#hold(name);
        return observationOf(input, input.fault !== null && name.startsWith('slow-') ? 5_000 : 10);
      },
    });
  }

  release(campaign: string): void {
    this.#gate(campaign).resolve();
  }

  #gate(campaign: string): PromiseWithResolvers<void> {
    const gate = this.#released.get(campaign) ?? Promise.withResolvers<void>();
    this.#released.set(campaign, gate);
    return gate;
  }

  async #hold(campaign: string): Promise<void> {
    // A cancellation comes as the answer to a heartbeat.
    const beat = setInterval(() => heartbeat(), 100);
    try {
      await Promise.race([this.#gate(campaign).promise, cancelled().catch(() => undefined)]);
    } finally {
      clearInterval(beat);
    }
  }
}
