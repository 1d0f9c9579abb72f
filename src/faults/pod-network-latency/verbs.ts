import { networkVerbs } from '../network/network-verbs.ts';
import { readParameter } from '../read-parameter.ts';
import type { FaultVerbs } from '../verbs.ts';

/** Delays packets: by netem where every target's kernel has it, else by the agent's queue. */
export const podNetworkLatency: FaultVerbs = networkVerbs((parameters) => ({
  delayMs: readParameter(parameters, 'latencyMs', 'number'),
  jitterMs: readParameter(parameters, 'jitterMs', 'number'),
  sharePercent: readParameter(parameters, 'percent', 'number'),
  correlationPercent: readParameter(parameters, 'correlationPercent', 'number'),
}));
