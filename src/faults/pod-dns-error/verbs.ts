import { readList } from '../redirect/read-collection.ts';
import { redirectVerbs } from '../redirect/redirect-verbs.ts';
import type { FaultVerbs } from '../verbs.ts';

/** Answers DNS queries with failures, by a proxy in the agent. */
export const podDnsError: FaultVerbs = redirectVerbs({
  ability: 'redirect-dns',
  request: (parameters) => ({
    kind: 'dns',
    mode: 'error',
    names: readList(parameters, 'names'),
    match: parameters.match,
    answer: parameters.answer,
    sharePercent: parameters.percent,
  }),
});
