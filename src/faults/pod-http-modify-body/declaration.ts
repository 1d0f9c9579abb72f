import type { FaultDeclaration } from '../definition.ts';
import { httpDeclaration } from '../http/http-declaration.ts';
import { bodyParameters, requestParameters } from '../http/http-parameters.ts';
import { litmusBody, litmusRequests } from '../http/litmus-http.ts';
import { parameterTable } from '../parameters/parameter-table.ts';

const parameters = parameterTable({ ...bodyParameters('the body; absent: an empty one'), ...requestParameters });

export const podHttpModifyBody: FaultDeclaration = httpDeclaration({
  name: 'pod-http-modify-body',
  summary: "Answers a pod's HTTP requests with another body.",
  notes: 'The app gets the request and answers it; its status and headers stay, but for those about the body.',
  parameters,
  litmus: {
    experiment: 'pod-http-modify-body',
    defaults: {},
    defaultDurationMs: 60_000,
    env: { ...litmusBody, ...litmusRequests },
  },
  example: `fault: pod-http-modify-body
target: { count: 1 }
parameters:
  port: 9121
  body: '{"status":"unknown"}'
  contentType: application/json
duration: 5s`,
  changes: () => ['body'],
  does: ({ body }, requests) =>
    `answer ${requests} with ${body === undefined ? 'an empty body' : `a body of ${String(body).length} characters`}`,
});
