import { networkVerbs } from '../network/network-verbs.ts';
import { readParameter } from '../read-parameter.ts';
import type { FaultVerbs } from '../verbs.ts';

export const podNetworkCorruption: FaultVerbs = networkVerbs((parameters) => ({
  corruptPercent: readParameter(parameters, 'percent', 'number'),
  correlationPercent: readParameter(parameters, 'correlationPercent', 'number'),
}));
