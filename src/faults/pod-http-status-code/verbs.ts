import { bodyFields, requestFields } from '../http/http-declaration.ts';
import { readParameter } from '../read-parameter.ts';
import { redirectVerbs } from '../redirect/redirect-verbs.ts';
import type { FaultVerbs } from '../verbs.ts';

/** Answers HTTP requests with another status, by a proxy in the agent. */
export const podHttpStatusCode: FaultVerbs = redirectVerbs({
  ability: 'redirect',
  port: (parameters) => readParameter(parameters, 'port', 'number'),
  request: (parameters) => ({
    ...requestFields(parameters),
    statusCode: readParameter(parameters, 'statusCode', 'number'),
    ...(readParameter(parameters, 'modifyBody', 'boolean') ? bodyFields(parameters) : {}),
  }),
});
