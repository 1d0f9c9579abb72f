import { describe, formatDuration, parseDuration } from '../../campaign/units.ts';
import { litmusSets, swallowedByLitmus } from '../definition.ts';
import { directionParameter, filterConflicts, filterContradictions, filterParameters } from '../network/filter-parameters.ts';
import { litmusCorrelation, litmusFilter, reviewFilter } from '../network/litmus-filter.ts';
import { correlationParameter, networkDeclaration } from '../network/network-declaration.ts';
import { durationParameter, percentParameter } from '../parameters/parameter.ts';
import { parameterTable } from '../parameters/parameter-table.ts';

const maxLatencyMs = 60_000;
const parseLitmusLatency = (value: string) => parseDuration(value, { bareUnit: 'ms', minMs: 1, maxMs: maxLatencyMs });
const parseLitmusJitter = (value: string) => parseDuration(value, { bareUnit: 'ms', maxMs: maxLatencyMs });

const parameters = parameterTable(
  {
    latency: durationParameter({
      sets: 'latencyMs',
      minMs: 1,
      maxMs: maxLatencyMs,
      default: '2s',
      description: 'added to every packet',
    }),
    jitter: durationParameter({
      sets: 'jitterMs',
      maxMs: maxLatencyMs,
      default: '0ms',
      example: '100ms',
      description: 'by how much the latency varies, both ways; packets may overtake one another then',
    }),
    percent: percentParameter({ sets: 'percent', min: 1, default: '100%', description: 'of the packets; the others are not delayed' }),
    correlation: correlationParameter,
    direction: directionParameter('egress'),
    ...filterParameters,
  },
  {
    conflicts: (effective) => [
      ...(Number(effective.jitterMs) <= Number(effective.latencyMs)
        ? []
        : [
            {
              name: 'jitter',
              found: formatDuration(Number(effective.jitterMs)),
              expected: `at most the latency, ${formatDuration(Number(effective.latencyMs))}`,
            },
          ]),
      ...(effective.correlationPercent === 0 || Number(effective.jitterMs) > 0 || effective.percent !== 100
        ? []
        : [
            {
              name: 'correlation',
              found: describe(effective.correlationPercent),
              expected: '0 without jitter, and with all packets delayed',
            },
          ]),
      ...filterConflicts(effective),
    ],
    contradictions: [{ latency: '100ms', jitter: '200ms' }, { correlation: '25%' }, ...filterContradictions],
  },
);

export const podNetworkLatency = networkDeclaration({
  name: 'pod-network-latency',
  aliases: [
    {
      name: 'network-latency',
      note: 'Litmus has no experiment network-latency and would have run nothing',
      // its authors write "between pods"
      litmusTargets: 'all',
    },
  ],
  summary: 'Delays the packets of a pod.',
  notes: '',
  parameters,
  litmus: {
    experiment: 'pod-network-latency',
    defaults: {},
    defaultDurationMs: 60_000,
    env: {
      NETWORK_LATENCY: litmusSets(parseLitmusLatency, (latencyMs) => ({ latencyMs }), swallowedByLitmus('would have added 0 ms')),
      LATENCY: {
        ...litmusSets(parseLitmusLatency, (latencyMs) => ({ latencyMs })),
        aliasOf: 'NETWORK_LATENCY',
        aliasNote: 'Litmus reads LATENCY only in pod-http-latency and would have added its default of 2000 ms',
      },
      JITTER: litmusSets(parseLitmusJitter, (jitterMs) => ({ jitterMs }), swallowedByLitmus('would have used a jitter of 0 ms')),
      ...litmusCorrelation,
      ...litmusFilter,
    },
    review: reviewFilter,
  },
  example: `fault: pod-network-latency
target: { count: 1 }
parameters:
  latency: 200ms
  jitter: 20ms
duration: 5s`,
  kind: 'latency',
  kernel: 'netem',
  does: ({ latencyMs, jitterMs, percent }, way) => {
    const jitter = jitterMs === 0 ? '' : ` ± ${jitterMs} ms`;
    return `delay ${percent === 100 ? '' : `${percent} % of the `}packets ${way} by ${latencyMs} ms${jitter}`;
  },
  undoes: 'the delay',
});
