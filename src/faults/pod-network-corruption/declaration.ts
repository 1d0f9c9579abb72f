import { directionParameter, filterConflicts, filterContradictions, filterParameters } from '../network/filter-parameters.ts';
import { litmusCorrelation, litmusFilter, litmusPercent, reviewFilter } from '../network/litmus-filter.ts';
import { correlationParameter, networkDeclaration } from '../network/network-declaration.ts';
import { percentParameter } from '../parameters/parameter.ts';
import { parameterTable } from '../parameters/parameter-table.ts';

const parameters = parameterTable(
  {
    percent: percentParameter({ sets: 'percent', min: 0.01, default: '100%', example: '20%', description: 'of the packets are damaged' }),
    correlation: correlationParameter,
    direction: directionParameter('egress'),
    ...filterParameters,
  },
  { conflicts: filterConflicts, contradictions: filterContradictions },
);

export const podNetworkCorruption = networkDeclaration({
  name: 'pod-network-corruption',
  aliases: [
    { name: 'network-corruption', note: 'Litmus calls it pod-network-corruption' },
    { name: 'network-corrupt', note: 'Chaos Mesh calls it NetworkChaos with action corrupt' },
  ],
  summary: 'Damages some of the packets of a pod.',
  notes: `One bit of a packet is flipped, and its checksum left as it is: receivers of TCP and UDP find out, and throw it away.`,
  parameters,
  litmus: {
    experiment: 'pod-network-corruption',
    // Litmus applies 100 % where nothing is said
    defaults: { percent: 100 },
    defaultDurationMs: 60_000,
    env: {
      NETWORK_PACKET_CORRUPTION_PERCENTAGE: litmusPercent('percent'),
      ...litmusCorrelation,
      ...litmusFilter,
    },
    review: reviewFilter,
  },
  example: `fault: pod-network-corruption
target: { count: 1 }
parameters:
  percent: 30%
duration: 5s`,
  kind: 'corruption',
  kernel: 'netem',
  does: ({ percent }, way) => `damage ${percent} % of the packets ${way}`,
  undoes: 'the damage',
});
