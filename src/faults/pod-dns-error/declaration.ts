import { parseChoice } from '../../campaign/units.ts';
import { type FaultDeclaration, litmusSets } from '../definition.ts';
import { describeNames, dnsDeclaration } from '../dns/dns-declaration.ts';
import { dnsPercentParameter, matchParameter, nameConflicts, parseDnsPattern } from '../dns/dns-parameters.ts';
import { choiceParameter, listParameter } from '../parameters/parameter.ts';
import { parameterTable } from '../parameters/parameter-table.ts';
import { parseJsonList } from '../redirect/litmus-json.ts';
import { readList } from '../redirect/read-collection.ts';

const parameters = parameterTable(
  {
    names: listParameter({
      sets: 'names',
      item: parseDnsPattern,
      expected: 'domain names, or parts or patterns of them',
      example: ['payments.shop', 'api.example.com'],
      refused: ['a b', 'http://a'],
      description: 'the names that are not found; without any, all',
    }),
    match: matchParameter,
    answer: choiceParameter({
      sets: 'answer',
      choices: ['servfail', 'nxdomain', 'refused', 'timeout', 'random'],
      default: 'servfail',
      description:
        "how it fails: the server cannot tell, there is no such name, it does not want to, it says nothing, or it gives an address at random (of 198.18.0.0/15 or 2001:db8::/32, which are nobody's)",
    }),
    percent: dnsPercentParameter,
  },
  {
    conflicts: (effective) => nameConflicts('names', readList(effective, 'names'), effective),
    contradictions: [{ names: ['*.example.com'] }, { names: ['*.example.com'], match: 'substring' }],
  },
);

export const podDnsError: FaultDeclaration = dnsDeclaration({
  name: 'pod-dns-error',
  summary: "Lets a pod's DNS queries fail.",
  parameters,
  litmus: {
    experiment: 'pod-dns-error',
    defaults: {},
    defaultDurationMs: 60_000,
    env: {
      TARGET_HOSTNAMES: litmusSets(
        (value) => parseJsonList(value, parseDnsPattern, '["payments.shop","api.example.com"]'),
        (names) => ({ names }),
        (value) => (value.startsWith('[') ? undefined : 'Litmus takes a list in JSON only, and would not have started'),
      ),
      MATCH_SCHEME: litmusSets(
        (value) => parseChoice(value, ['exact', 'substring']),
        (match) => ({ match }),
      ),
    },
  },
  example: `fault: pod-dns-error
target: { count: 1 }
parameters:
  names: [payments.shop, api.example.com]
  answer: nxdomain
duration: 5s`,
  does: (effective) => {
    const names = describeNames(readList(effective, 'names'), effective);
    if (effective.answer === 'timeout') return `leave ${names} unanswered`;
    return `answer ${names} with ${effective.answer === 'random' ? 'random addresses' : String(effective.answer)}`;
  },
});
