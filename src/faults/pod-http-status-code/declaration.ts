import { parseBoolean, parseInteger } from '../../campaign/units.ts';
import type { Parameters } from '../../contracts/campaign.ts';
import { type FaultDeclaration, litmusSets } from '../definition.ts';
import { httpDeclaration } from '../http/http-declaration.ts';
import { bodyParameters, leastStatus, mostStatus, requestParameters } from '../http/http-parameters.ts';
import { litmusBody, litmusRequests } from '../http/litmus-http.ts';
import { flagParameter, integerParameter } from '../parameters/parameter.ts';
import { parameterTable } from '../parameters/parameter-table.ts';

const parameters = parameterTable(
  {
    statusCode: integerParameter({
      sets: 'statusCode',
      min: leastStatus,
      max: mostStatus,
      default: 500,
      example: 503,
      description: "in place of the app's",
    }),
    modifyBody: flagParameter({
      sets: 'modifyBody',
      default: true,
      description: "whether the body is another than the app's, too: `body`, or a line that says the status",
    }),
    ...bodyParameters('the body, when `modifyBody` says so'),
    ...requestParameters,
  },
  {
    conflicts: (effective) =>
      effective.modifyBody === false && effective.body !== undefined
        ? [{ name: 'body', found: 'a body', expected: 'none where modifyBody is false' }]
        : [],
    contradictions: [{ modifyBody: false, body: 'other' }],
  },
);

export const podHttpStatusCode: FaultDeclaration = httpDeclaration({
  name: 'pod-http-status-code',
  summary: "Answers a pod's HTTP requests with another status.",
  notes: 'The app gets the request and answers it; it is the response that is another. What the app has done, it has done.',
  parameters,
  litmus: {
    experiment: 'pod-http-status-code',
    defaults: {},
    defaultDurationMs: 60_000,
    env: {
      STATUS_CODE: litmusSets(
        (value) => parseInteger(value, { min: leastStatus, max: mostStatus, example: 503 }),
        (statusCode) => ({ statusCode }),
      ),
      MODIFY_RESPONSE_BODY: litmusSets(
        (value) => parseBoolean(value === 'true' ? true : value === 'false' ? false : value),
        (modifyBody): Parameters => ({ modifyBody }),
      ),
      ...litmusBody,
      ...litmusRequests,
    },
    review: ({ env }) =>
      env.has('STATUS_CODE')
        ? []
        : [
            {
              kind: 'warning',
              code: 'litmus-random-status',
              message: 'without STATUS_CODE Litmus takes one at random; squall answers with 500',
            },
          ],
  },
  example: `fault: pod-http-status-code
target: { count: 1 }
parameters:
  port: 9121
  statusCode: 503
  path: /health
duration: 5s`,
  changes: ({ modifyBody }) => ['status', ...(modifyBody === true ? ['body'] : [])],
  does: ({ statusCode }, requests) => `answer ${requests} with status ${String(statusCode)}`,
});
