import { formatDuration, parseDuration } from '../../campaign/units.ts';
import { type FaultDeclaration, litmusSets, swallowedByLitmus } from '../definition.ts';
import { httpDeclaration } from '../http/http-declaration.ts';
import { requestParameters } from '../http/http-parameters.ts';
import { litmusRequests } from '../http/litmus-http.ts';
import { durationParameter } from '../parameters/parameter.ts';
import { parameterTable } from '../parameters/parameter-table.ts';

const maxAfterMs = 600_000;

const parameters = parameterTable({
  after: durationParameter({
    sets: 'afterMs',
    maxMs: maxAfterMs,
    default: '0ms',
    description: 'how long after the request its connection is reset',
  }),
  ...requestParameters,
});

export const podHttpResetPeer: FaultDeclaration = httpDeclaration({
  name: 'pod-http-reset-peer',
  summary: "Resets the connections of a pod's HTTP requests.",
  notes: `The request does not reach the app. Without \`methods\` and \`path\`, connections in which something else than HTTP/1 is spoken, such as
TLS, are reset as well.`,
  parameters,
  litmus: {
    experiment: 'pod-http-reset-peer',
    defaults: {},
    defaultDurationMs: 60_000,
    env: {
      RESET_TIMEOUT: litmusSets(
        (value) => parseDuration(value, { bareUnit: 'ms', maxMs: maxAfterMs }),
        (afterMs) => ({ afterMs }),
        swallowedByLitmus('would have reset at once'),
      ),
      ...litmusRequests,
    },
  },
  example: `fault: pod-http-reset-peer
target: { count: 1 }
parameters:
  port: 9121
  after: 100ms
duration: 5s`,
  changes: () => ['reset'],
  does: ({ afterMs }, requests) =>
    `reset the connections of ${requests} ${afterMs === 0 ? 'at once' : `after ${formatDuration(Number(afterMs))}`}`,
});
