import { networkVerbs } from '../network/network-verbs.ts';
import { readParameter } from '../read-parameter.ts';
import type { FaultVerbs } from '../verbs.ts';

export const podNetworkReorder: FaultVerbs = networkVerbs((parameters) => ({
  delayMs: readParameter(parameters, 'latencyMs', 'number'),
  reorderPercent: readParameter(parameters, 'percent', 'number'),
  reorderGap: readParameter(parameters, 'gap', 'number'),
  correlationPercent: readParameter(parameters, 'correlationPercent', 'number'),
}));
