import { applicationOutage } from './application-outage/verbs.ts';
import { containerKill } from './container-kill/verbs.ts';
import { diskFill } from './disk-fill/verbs.ts';
import { kubeletServiceKill } from './kubelet-service-kill/verbs.ts';
import { nodeCordon } from './node-cordon/verbs.ts';
import { nodeCpuHog } from './node-cpu-hog/verbs.ts';
import { nodeDrain } from './node-drain/verbs.ts';
import { nodeIoStress } from './node-io-stress/verbs.ts';
import { nodeIsolate } from './node-isolate/verbs.ts';
import { nodeMemoryHog } from './node-memory-hog/verbs.ts';
import { nodeRestart } from './node-restart/verbs.ts';
import { nodeTaint } from './node-taint/verbs.ts';
import { objectDelete } from './object-delete/verbs.ts';
import { podAutoscaler } from './pod-autoscaler/verbs.ts';
import { podCpuHog } from './pod-cpu-hog/verbs.ts';
import { podDelete } from './pod-delete/verbs.ts';
import { podDnsError } from './pod-dns-error/verbs.ts';
import { podDnsSpoof } from './pod-dns-spoof/verbs.ts';
import { podHttpLatency } from './pod-http-latency/verbs.ts';
import { podHttpModifyBody } from './pod-http-modify-body/verbs.ts';
import { podHttpModifyHeader } from './pod-http-modify-header/verbs.ts';
import { podHttpResetPeer } from './pod-http-reset-peer/verbs.ts';
import { podHttpStatusCode } from './pod-http-status-code/verbs.ts';
import { podIoStress } from './pod-io-stress/verbs.ts';
import { podMemoryHog } from './pod-memory-hog/verbs.ts';
import { podNetworkCorruption } from './pod-network-corruption/verbs.ts';
import { podNetworkDuplication } from './pod-network-duplication/verbs.ts';
import { podNetworkLatency } from './pod-network-latency/verbs.ts';
import { podNetworkLoss } from './pod-network-loss/verbs.ts';
import { podNetworkPartition } from './pod-network-partition/verbs.ts';
import { podNetworkRateLimit } from './pod-network-rate-limit/verbs.ts';
import { podNetworkReorder } from './pod-network-reorder/verbs.ts';
import { processPause } from './process-pause/verbs.ts';
import { redisClientKill } from './redis-client-kill/verbs.ts';
import { redisFailover } from './redis-failover/verbs.ts';
import { redisMemoryPressure } from './redis-memory-pressure/verbs.ts';
import { redisPause } from './redis-pause/verbs.ts';
import { redisPrimaryIsolation } from './redis-primary-isolation/verbs.ts';
import { redisReplicaLag } from './redis-replica-lag/verbs.ts';
import type { FaultVerbs } from './verbs.ts';
import { workloadScale } from './workload-scale/verbs.ts';
import { zoneOutage } from './zone-outage/verbs.ts';

const all: Record<string, FaultVerbs> = {
  'pod-delete': podDelete,
  'pod-cpu-hog': podCpuHog,
  'pod-memory-hog': podMemoryHog,
  'pod-io-stress': podIoStress,
  'disk-fill': diskFill,
  'process-pause': processPause,
  'container-kill': containerKill,
  'pod-network-latency': podNetworkLatency,
  'pod-network-loss': podNetworkLoss,
  'pod-network-corruption': podNetworkCorruption,
  'pod-network-duplication': podNetworkDuplication,
  'pod-network-reorder': podNetworkReorder,
  'pod-network-rate-limit': podNetworkRateLimit,
  'pod-network-partition': podNetworkPartition,
  'node-cordon': nodeCordon,
  'node-drain': nodeDrain,
  'node-cpu-hog': nodeCpuHog,
  'node-memory-hog': nodeMemoryHog,
  'node-io-stress': nodeIoStress,
  'node-isolate': nodeIsolate,
  'kubelet-service-kill': kubeletServiceKill,
  'zone-outage': zoneOutage,
  'node-restart': nodeRestart,
  'node-taint': nodeTaint,
  'pod-dns-error': podDnsError,
  'pod-dns-spoof': podDnsSpoof,
  'pod-http-latency': podHttpLatency,
  'pod-http-status-code': podHttpStatusCode,
  'pod-http-modify-header': podHttpModifyHeader,
  'pod-http-modify-body': podHttpModifyBody,
  'pod-http-reset-peer': podHttpResetPeer,
  'pod-autoscaler': podAutoscaler,
  'workload-scale': workloadScale,
  'object-delete': objectDelete,
  'application-outage': applicationOutage,
  'redis-failover': redisFailover,
  'redis-client-kill': redisClientKill,
  'redis-pause': redisPause,
  'redis-memory-pressure': redisMemoryPressure,
  'redis-replica-lag': redisReplicaLag,
  'redis-primary-isolation': redisPrimaryIsolation,
};

/** The verbs of a fault of the catalogue, by its canonical name. Throws when there is none. */
export function verbsOf(fault: string): FaultVerbs {
  const verbs = Object.hasOwn(all, fault) ? all[fault] : undefined;
  if (verbs === undefined) throw new Error(`no verbs for fault ${fault}: known are ${Object.keys(all).join(', ')}`);
  return verbs;
}
