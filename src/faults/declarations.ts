import { applicationOutage } from './application-outage/declaration.ts';
import { containerKill } from './container-kill/declaration.ts';
import type { FaultAlias, FaultDeclaration } from './definition.ts';
import { diskFill } from './disk-fill/declaration.ts';
import { kubeletServiceKill } from './kubelet-service-kill/declaration.ts';
import { nodeCordon } from './node-cordon/declaration.ts';
import { nodeCpuHog } from './node-cpu-hog/declaration.ts';
import { nodeDrain } from './node-drain/declaration.ts';
import { nodeIoStress } from './node-io-stress/declaration.ts';
import { nodeIsolate } from './node-isolate/declaration.ts';
import { nodeMemoryHog } from './node-memory-hog/declaration.ts';
import { nodeRestart } from './node-restart/declaration.ts';
import { nodeTaint } from './node-taint/declaration.ts';
import { objectDelete } from './object-delete/declaration.ts';
import { podAutoscaler } from './pod-autoscaler/declaration.ts';
import { podCpuHog } from './pod-cpu-hog/declaration.ts';
import { podDelete } from './pod-delete/declaration.ts';
import { podDnsError } from './pod-dns-error/declaration.ts';
import { podDnsSpoof } from './pod-dns-spoof/declaration.ts';
import { podHttpLatency } from './pod-http-latency/declaration.ts';
import { podHttpModifyBody } from './pod-http-modify-body/declaration.ts';
import { podHttpModifyHeader } from './pod-http-modify-header/declaration.ts';
import { podHttpResetPeer } from './pod-http-reset-peer/declaration.ts';
import { podHttpStatusCode } from './pod-http-status-code/declaration.ts';
import { podIoStress } from './pod-io-stress/declaration.ts';
import { podMemoryHog } from './pod-memory-hog/declaration.ts';
import { podNetworkCorruption } from './pod-network-corruption/declaration.ts';
import { podNetworkDuplication } from './pod-network-duplication/declaration.ts';
import { podNetworkLatency } from './pod-network-latency/declaration.ts';
import { podNetworkLoss } from './pod-network-loss/declaration.ts';
import { podNetworkPartition } from './pod-network-partition/declaration.ts';
import { podNetworkRateLimit } from './pod-network-rate-limit/declaration.ts';
import { podNetworkReorder } from './pod-network-reorder/declaration.ts';
import { processPause } from './process-pause/declaration.ts';
import { redisClientKill } from './redis-client-kill/declaration.ts';
import { redisFailover } from './redis-failover/declaration.ts';
import { redisMemoryPressure } from './redis-memory-pressure/declaration.ts';
import { redisPause } from './redis-pause/declaration.ts';
import { redisPrimaryIsolation } from './redis-primary-isolation/declaration.ts';
import { redisReplicaLag } from './redis-replica-lag/declaration.ts';
import { workloadScale } from './workload-scale/declaration.ts';
import { zoneOutage } from './zone-outage/declaration.ts';

/** The catalogue. A new fault is a line here. */
export const faultDeclarations: readonly FaultDeclaration[] = [
  podDelete,
  podCpuHog,
  podMemoryHog,
  podIoStress,
  diskFill,
  processPause,
  containerKill,
  podNetworkLatency,
  podNetworkLoss,
  podNetworkCorruption,
  podNetworkDuplication,
  podNetworkReorder,
  podNetworkRateLimit,
  podNetworkPartition,
  nodeCordon,
  nodeDrain,
  nodeCpuHog,
  nodeMemoryHog,
  nodeIoStress,
  nodeIsolate,
  kubeletServiceKill,
  zoneOutage,
  nodeRestart,
  nodeTaint,
  podDnsError,
  podDnsSpoof,
  podHttpLatency,
  podHttpStatusCode,
  podHttpModifyHeader,
  podHttpModifyBody,
  podHttpResetPeer,
  podAutoscaler,
  workloadScale,
  objectDelete,
  applicationOutage,
  redisFailover,
  redisClientKill,
  redisPause,
  redisMemoryPressure,
  redisReplicaLag,
  redisPrimaryIsolation,
];

/** Canonical names and aliases. */
export const faultNames: readonly string[] = faultDeclarations.flatMap(({ name, aliases }) => [
  name,
  ...aliases.map((alias) => alias.name),
]);

/** The fault of a name or alias; undefined: there is none. `alias` is set when the name was one. */
export function findFault(nameOrAlias: string): { fault: FaultDeclaration; alias?: FaultAlias } | undefined {
  for (const fault of faultDeclarations) {
    if (fault.name === nameOrAlias) return { fault };
    const alias = fault.aliases.find(({ name }) => name === nameOrAlias);
    if (alias !== undefined) return { fault, alias };
  }
  return undefined;
}
