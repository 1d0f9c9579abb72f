import type { Client } from '@temporalio/client';
import { Gauge, type Registry } from 'prom-client';
import { type ClusterControl, clustersOf, readClusters } from '../control/kill-switch.ts';

const answerMs = 2_000;

/** Reads what the arbiters of all clusters show, or fails soon. */
export function arbiterReader(client: Client, configured: readonly string[]): () => Promise<ClusterControl[]> {
  return () => client.withDeadline(Date.now() + answerMs, async () => readClusters(client, await clustersOf(client, configured)));
}

/**
 * How many runs hold and wait on each cluster, and whether the kill switch is thrown: read from the arbiters at each scrape, so that
 * every worker tells the same. When Temporal does not answer there are no samples, rather than old ones.
 */
export function registerArbiterMetrics(registry: Registry, readAll: () => Promise<ClusterControl[]>): void {
  let reading: Promise<void> | undefined;
  // A scrape asks each gauge for itself, and all of them wait for one reading.
  const collect = () => {
    reading ??= read().finally(() => {
      reading = undefined;
    });
    return reading;
  };
  const gauge = (name: string, help: string) => new Gauge({ name, help, labelNames: ['cluster'], registers: [registry], collect });
  const holds = gauge('squall_holds', 'Runs that hold targets');
  const queue = gauge('squall_queue_length', 'Runs that wait for targets');
  const halted = gauge('squall_halted', '1: the kill switch is thrown');
  const unproven = gauge('squall_holds_unproven', 'Runs that are over, and of which something may be left in the cluster');

  async function read(): Promise<void> {
    for (const one of [holds, queue, halted, unproven]) one.reset();
    try {
      for (const { cluster, arbiter } of await readAll()) {
        holds.set({ cluster }, arbiter?.counts.holds ?? 0);
        queue.set({ cluster }, arbiter?.counts.queue ?? 0);
        halted.set({ cluster }, arbiter?.halt == null ? 0 : 1);
        unproven.set({ cluster }, arbiter?.unproven.length ?? 0);
      }
    } catch {
      // The scrape goes on without them; that Temporal does not answer other metrics say.
    }
  }
}
