import type { Registry } from 'prom-client';
import { ApiMetrics } from '../../src/api/metrics.ts';
import { createWorkerMetrics } from '../../src/worker/worker-metrics.ts';

export interface MetricDescription {
  name: string;
  type: string;
  labels: string[];
  help: string;
}

/** What worker and API export of their own, as their registries have it, sorted by name. */
export function ownMetrics(): { worker: MetricDescription[]; api: MetricDescription[] } {
  const worker = createWorkerMetrics({ janitorIntervalMs: 30_000, arbiters: () => Promise.resolve([]) }).registry;
  return { worker: describe(worker), api: describe(new ApiMetrics().registry) };
}

/** prom-client keeps names of labels and the type on its metrics, and leaves both out of its types. */
interface Inside {
  name: string;
  help: string;
  type?: string;
  labelNames?: readonly string[];
}

function describe(registry: Registry): MetricDescription[] {
  return (registry.getMetricsAsArray() as unknown as Inside[])
    .filter(({ name }) => !/^(process|nodejs)_/.test(name))
    .map(({ name, help, type, labelNames = [] }) => ({ name, help, type: type ?? '', labels: [...labelNames] }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
