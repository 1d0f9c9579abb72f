import { formatDuration, parseDuration } from '../../campaign/units.ts';
import { type FaultDeclaration, litmusSets, swallowedByLitmus } from '../definition.ts';
import { httpDeclaration } from '../http/http-declaration.ts';
import { requestParameters } from '../http/http-parameters.ts';
import { litmusRequests } from '../http/litmus-http.ts';
import { durationParameter } from '../parameters/parameter.ts';
import { parameterTable } from '../parameters/parameter-table.ts';

const maxLatencyMs = 600_000;

const parameters = parameterTable({
  latency: durationParameter({
    sets: 'latencyMs',
    minMs: 1,
    maxMs: maxLatencyMs,
    default: '2s',
    description: 'by which the response is held, beyond what the app takes',
  }),
  ...requestParameters,
});

export const podHttpLatency: FaultDeclaration = httpDeclaration({
  name: 'pod-http-latency',
  summary: "Delays a pod's HTTP responses.",
  notes: '',
  parameters,
  litmus: {
    experiment: 'pod-http-latency',
    defaults: { latencyMs: 6_000 },
    defaultDurationMs: 60_000,
    env: {
      LATENCY: litmusSets(
        (value) => parseDuration(value, { bareUnit: 'ms', minMs: 1, maxMs: maxLatencyMs }),
        (latencyMs) => ({ latencyMs }),
        swallowedByLitmus('would have added 0 ms'),
      ),
      ...litmusRequests,
    },
  },
  example: `fault: pod-http-latency
target: { count: 1 }
parameters:
  port: 9121
  latency: 300ms
  path: /health
duration: 5s`,
  changes: () => ['delay'],
  does: ({ latencyMs }, requests) => `hold the responses to ${requests} for ${formatDuration(Number(latencyMs))}`,
});
