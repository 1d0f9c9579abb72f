import { Counter, Histogram, type Registry } from 'prom-client';
import type { ProbeSpec } from '../contracts/campaign.ts';
import type { Sample } from '../contracts/evidence.ts';

/** Metrics of probes as they measure, exported by the worker. */
export interface ProbeMetrics {
  /** @param unit of its value, as the probe has it */
  sampled(spec: Pick<ProbeSpec, 'type'>, unit: string, sample: Sample): void;
}

export function createProbeMetrics(registry: Registry): ProbeMetrics {
  const registers = [registry];
  const samples = new Counter({
    name: 'squall_probe_samples_total',
    help: 'Samples of probes; failed: it missed its tolerance, unmeasured: there was no value',
    labelNames: ['type', 'outcome'],
    registers,
  });
  const durations = new Histogram({
    name: 'squall_probe_duration_seconds',
    help: 'What probes measured whose value is a time, an acknowledged write for example; elections have a metric of their own',
    labelNames: ['type'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  return {
    sampled({ type }, unit, { ok, value, error }) {
      const outcome = ok ? 'ok' : value === undefined && error !== undefined ? 'unmeasured' : 'failed';
      samples.inc({ type, outcome });
      if (value !== undefined && unit === 'ms') durations.observe({ type }, value / 1_000);
    },
  };
}
