import { networkVerbs } from '../network/network-verbs.ts';
import { readParameter } from '../read-parameter.ts';
import type { FaultVerbs } from '../verbs.ts';

export const podNetworkRateLimit: FaultVerbs = networkVerbs((parameters) => ({
  rateBitsPerSecond: readParameter(parameters, 'rateBitsPerSecond', 'number'),
  burstBytes: readParameter(parameters, 'burstBytes', 'number'),
  queueBytes: readParameter(parameters, 'limitBytes', 'number'),
}));
