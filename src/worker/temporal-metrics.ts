import type { TelemetryOptions } from '@temporalio/worker';
import { freePort } from '../free-port.ts';

const answerMs = 2_000;

/** What Temporal's runtime measures: task latencies, slots, pollers, failures. */
export interface TemporalMetrics {
  telemetry: Pick<TelemetryOptions, 'metrics'>;
  /** in Prometheus's text format; empty when it does not answer */
  read(): Promise<string>;
}

/**
 * Temporal's runtime serves its metrics by itself, and on a port of its own. That port is one of loopback, and what it says goes out by
 * the worker's `/metrics`, so that a worker is one target to scrape.
 */
export async function openTemporalMetrics(): Promise<TemporalMetrics> {
  const bindAddress = `127.0.0.1:${await freePort()}`;
  return {
    telemetry: {
      // Names and units as Prometheus has them.
      metrics: { prometheus: { bindAddress, countersTotalSuffix: true, unitSuffix: true, useSecondsForDurations: true } },
    },
    async read() {
      try {
        const response = await fetch(`http://${bindAddress}/metrics`, { signal: AbortSignal.timeout(answerMs) });
        return response.ok ? await response.text() : '';
      } catch {
        // The scrape goes on without them.
        return '';
      }
    },
  };
}
