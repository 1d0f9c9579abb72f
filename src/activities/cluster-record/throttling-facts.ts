import type { ThrottlingFacts } from '../../contracts/cluster-record.ts';
import { queryPrometheus } from '../../probes/prometheus.ts';

const shortestWindowSeconds = 30;

/** As cAdvisor counts it, over the time since then; null: this Prometheus has nothing of it. @throws Error */
export async function readThrottlingFacts(
  prometheusUrl: string,
  { namespace, pods, since }: { namespace: string; pods: readonly string[]; since: number },
  signal: AbortSignal,
): Promise<ThrottlingFacts[] | null> {
  if (pods.length === 0) return null;
  const window = Math.max(shortestWindowSeconds, Math.ceil((Date.now() - since) / 1000));
  const ofPods = `{namespace="${namespace}",pod=~"${pods.map(quoted).join('|')}",container!=""}[${window}s]`;
  const increase = (metric: string) => `sum by (pod, container) (increase(${metric}${ofPods}))`;
  const [periods, throttled] = await Promise.all([
    queryPrometheus(prometheusUrl, increase('container_cpu_cfs_periods_total'), signal),
    queryPrometheus(prometheusUrl, increase('container_cpu_cfs_throttled_periods_total'), signal),
  ]);
  if (periods.length === 0) return null;
  return periods.map(({ labels: { pod = '', container = '' }, value }) => ({
    pod,
    container,
    periods: Math.round(value),
    throttledPeriods: Math.round(throttled.find(({ labels }) => labels.pod === pod && labels.container === container)?.value ?? 0),
  }));
}

/** A pod's name has no other character that a regular expression knows. */
function quoted(name: string): string {
  return name.replaceAll('.', '\\\\.');
}
