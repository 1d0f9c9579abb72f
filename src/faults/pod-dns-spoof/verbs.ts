import { readMap } from '../redirect/read-collection.ts';
import { redirectVerbs } from '../redirect/redirect-verbs.ts';
import type { FaultVerbs } from '../verbs.ts';

/** Answers DNS queries with other addresses, by a proxy in the agent. */
export const podDnsSpoof: FaultVerbs = redirectVerbs({
  ability: 'redirect-dns',
  request: (parameters) => ({
    kind: 'dns',
    mode: 'spoof',
    records: readMap(parameters, 'records'),
    match: parameters.match,
    sharePercent: parameters.percent,
  }),
});
