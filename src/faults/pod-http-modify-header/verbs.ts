import { requestFields } from '../http/http-declaration.ts';
import { readParameter } from '../read-parameter.ts';
import { readMap } from '../redirect/read-collection.ts';
import { redirectVerbs } from '../redirect/redirect-verbs.ts';
import type { FaultVerbs } from '../verbs.ts';

/** Sets headers of HTTP requests or responses, by a proxy in the agent. */
export const podHttpModifyHeader: FaultVerbs = redirectVerbs({
  ability: 'redirect',
  port: (parameters) => readParameter(parameters, 'port', 'number'),
  request: (parameters) => ({
    ...requestFields(parameters),
    headers: readMap(parameters, 'headers'),
    headerMode: readParameter(parameters, 'mode', 'string'),
  }),
});
