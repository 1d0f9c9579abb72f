import { directionParameter, filterConflicts, filterContradictions, filterParameters } from '../network/filter-parameters.ts';
import { litmusCorrelation, litmusFilter, litmusPercent, reviewFilter } from '../network/litmus-filter.ts';
import { correlationParameter, networkDeclaration } from '../network/network-declaration.ts';
import { percentParameter } from '../parameters/parameter.ts';
import { parameterTable } from '../parameters/parameter-table.ts';

const parameters = parameterTable(
  {
    percent: percentParameter({ sets: 'percent', min: 0.01, default: '100%', example: '20%', description: 'of the packets are doubled' }),
    correlation: correlationParameter,
    direction: directionParameter('egress'),
    ...filterParameters,
  },
  { conflicts: filterConflicts, contradictions: filterContradictions },
);

export const podNetworkDuplication = networkDeclaration({
  name: 'pod-network-duplication',
  aliases: [
    { name: 'network-duplication', note: 'Litmus calls it pod-network-duplication' },
    { name: 'network-duplicate', note: 'Chaos Mesh calls it NetworkChaos with action duplicate' },
  ],
  summary: 'Doubles some of the packets of a pod.',
  notes: `What comes in is doubled by handing it to the pod once more, over its loopback device; packets that the pod forwards are not doubled.`,
  parameters,
  litmus: {
    experiment: 'pod-network-duplication',
    // Litmus applies 100 % where nothing is said
    defaults: { percent: 100 },
    defaultDurationMs: 60_000,
    env: {
      NETWORK_PACKET_DUPLICATION_PERCENTAGE: litmusPercent('percent'),
      ...litmusCorrelation,
      ...litmusFilter,
    },
    review: reviewFilter,
  },
  example: `fault: pod-network-duplication
target: { count: 1 }
parameters:
  percent: 30%
duration: 5s`,
  kind: 'duplication',
  kernel: 'netem',
  does: ({ percent }, way) => `double ${percent} % of the packets ${way}`,
  undoes: 'the duplication',
});
