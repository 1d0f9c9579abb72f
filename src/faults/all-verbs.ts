import { podAutoscaler } from './pod-autoscaler/verbs.ts';
import { podCpuHog } from './pod-cpu-hog/verbs.ts';
import { podDelete } from './pod-delete/verbs.ts';
import { podNetworkLatency } from './pod-network-latency/verbs.ts';
import type { FaultVerbs } from './verbs.ts';
import { workloadScale } from './workload-scale/verbs.ts';

const all: Record<string, FaultVerbs> = {
  'pod-delete': podDelete,
  'pod-cpu-hog': podCpuHog,
  'pod-network-latency': podNetworkLatency,
  'pod-autoscaler': podAutoscaler,
  'workload-scale': workloadScale,
};

/** The verbs of a fault of the catalogue, by its canonical name. Throws when there is none. */
export function verbsOf(fault: string): FaultVerbs {
  const verbs = Object.hasOwn(all, fault) ? all[fault] : undefined;
  if (verbs === undefined) throw new Error(`no verbs for fault ${fault}: known are ${Object.keys(all).join(', ')}`);
  return verbs;
}
