import { networkVerbs } from '../network/network-verbs.ts';
import { readParameter } from '../read-parameter.ts';
import type { FaultVerbs } from '../verbs.ts';

export const podNetworkDuplication: FaultVerbs = networkVerbs((parameters) => ({
  duplicatePercent: readParameter(parameters, 'percent', 'number'),
  correlationPercent: readParameter(parameters, 'correlationPercent', 'number'),
}));
