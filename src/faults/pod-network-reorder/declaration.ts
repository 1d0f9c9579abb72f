import { directionParameter, filterConflicts, filterContradictions, filterParameters } from '../network/filter-parameters.ts';
import { correlationParameter, networkDeclaration } from '../network/network-declaration.ts';
import { durationParameter, integerParameter, percentParameter } from '../parameters/parameter.ts';
import { parameterTable } from '../parameters/parameter-table.ts';

const parameters = parameterTable(
  {
    percent: percentParameter({
      sets: 'percent',
      min: 0.01,
      default: '25%',
      description: 'of the packets go at once, before those that wait',
    }),
    latency: durationParameter({ sets: 'latencyMs', minMs: 1, maxMs: 60_000, default: '50ms', description: 'how long the others wait' }),
    gap: integerParameter({
      sets: 'gap',
      min: 1,
      max: 1_000_000,
      default: 1,
      example: 5,
      description: 'only one packet in so many may go at once; 1: any',
    }),
    correlation: correlationParameter,
    direction: directionParameter('egress'),
    ...filterParameters,
  },
  { conflicts: filterConflicts, contradictions: filterContradictions },
);

export const podNetworkReorder = networkDeclaration({
  name: 'pod-network-reorder',
  aliases: [
    { name: 'network-reorder', note: 'Chaos Mesh has it as the reorder of a NetworkChaos with action delay; Litmus does not have it' },
  ],
  summary: 'Lets some of the packets of a pod overtake others.',
  notes: `As netem has it: packets are delayed, but a share of them, which go at once. It needs packets that follow one another more closely than
the delay; one by one, they are just delayed, or not.`,
  parameters,
  litmus: null,
  example: `fault: pod-network-reorder
target: { count: 1 }
parameters:
  percent: 30%
  latency: 100ms
duration: 5s`,
  // it delays, so it is another latency
  kind: 'latency',
  kernel: 'netem',
  does: ({ percent, latencyMs, gap }, way) => {
    const which = gap === 1 ? '' : ` (only one in ${String(gap)} may)`;
    return `delay the packets ${way} by ${latencyMs} ms, but let ${percent} % of them go at once${which},`;
  },
  undoes: 'the reordering',
});
