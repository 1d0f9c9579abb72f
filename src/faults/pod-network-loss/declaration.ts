import { directionParameter, filterConflicts, filterContradictions, filterParameters } from '../network/filter-parameters.ts';
import { litmusCorrelation, litmusFilter, litmusPercent, reviewFilter } from '../network/litmus-filter.ts';
import { correlationParameter, networkDeclaration } from '../network/network-declaration.ts';
import { percentParameter } from '../parameters/parameter.ts';
import { parameterTable } from '../parameters/parameter-table.ts';

const parameters = parameterTable(
  {
    percent: percentParameter({ sets: 'percent', min: 0.01, default: '100%', example: '20%', description: 'of the packets are lost' }),
    correlation: correlationParameter,
    direction: directionParameter('egress'),
    ...filterParameters,
  },
  { conflicts: filterConflicts, contradictions: filterContradictions },
);

export const podNetworkLoss = networkDeclaration({
  name: 'pod-network-loss',
  aliases: [{ name: 'network-loss', note: 'Litmus and Chaos Mesh call it pod-network-loss and NetworkChaos with action loss' }],
  summary: 'Loses some of the packets of a pod.',
  notes: `Nobody is told of a loss. At 100 % the kernel drops the packets by itself, and nothing of the pod is answered any more: its probes fail, too.`,
  parameters,
  litmus: {
    experiment: 'pod-network-loss',
    // Litmus applies 100 % where nothing is said
    defaults: { percent: 100 },
    defaultDurationMs: 60_000,
    env: {
      NETWORK_PACKET_LOSS_PERCENTAGE: litmusPercent('percent'),
      ...litmusCorrelation,
      ...litmusFilter,
    },
    review: reviewFilter,
  },
  example: `fault: pod-network-loss
target: { count: 1 }
parameters:
  percent: 30%
duration: 5s`,
  kind: 'loss',
  kernel: 'netem',
  does: ({ percent }, way) => `lose ${percent} % of the packets ${way}`,
  undoes: 'the loss',
});
