import { requestFields } from '../http/http-declaration.ts';
import { readParameter } from '../read-parameter.ts';
import { redirectVerbs } from '../redirect/redirect-verbs.ts';
import type { FaultVerbs } from '../verbs.ts';

/** Holds HTTP responses, by a proxy in the agent. */
export const podHttpLatency: FaultVerbs = redirectVerbs({
  ability: 'redirect',
  port: (parameters) => readParameter(parameters, 'port', 'number'),
  request: (parameters) => ({ ...requestFields(parameters), delayMs: readParameter(parameters, 'latencyMs', 'number') }),
});
