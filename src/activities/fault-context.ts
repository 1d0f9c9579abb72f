import type { FaultContext } from '../faults/verbs.ts';
import type { Dependencies } from './dependencies.ts';

/** What a fault's verbs are given, on a cluster by its name. */
export function faultContext(cluster: string, deps: Dependencies, signal: AbortSignal): FaultContext {
  const { agentImage, reach } = deps.ofCluster(cluster);
  return { cluster: deps.cluster(cluster), agentImage, reach, signal };
}
