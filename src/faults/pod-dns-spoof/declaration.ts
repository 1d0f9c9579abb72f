import { bad, good } from '../../campaign/units.ts';
import type { FaultDeclaration } from '../definition.ts';
import { litmusSets } from '../definition.ts';
import { describeNames, dnsDeclaration } from '../dns/dns-declaration.ts';
import { dnsPercentParameter, matchParameter, nameConflicts, parseDnsRecord } from '../dns/dns-parameters.ts';
import { mapParameter } from '../parameters/parameter.ts';
import { parameterTable } from '../parameters/parameter-table.ts';
import { parseJsonMap } from '../redirect/litmus-json.ts';
import { readMap } from '../redirect/read-collection.ts';

const parameters = parameterTable(
  {
    records: mapParameter({
      sets: 'records',
      entry: parseDnsRecord,
      required: true,
      expected: 'domain names, each with an IP address or another name',
      example: { 'api.example.com': '10.0.0.5' },
      refused: [{ 'a b': '10.0.0.5' }, { 'a.example': 'b b' }],
      description:
        'what is answered instead: an address, or the addresses of another name, which the pod has to be able to look up; where several names match, the longest',
    }),
    match: matchParameter,
    percent: dnsPercentParameter,
  },
  {
    conflicts: (effective) => nameConflicts('records', Object.keys(readMap(effective, 'records')), effective),
    contradictions: [{ records: { '*.example.com': '10.0.0.5' } }],
  },
);

export const podDnsSpoof: FaultDeclaration = dnsDeclaration({
  name: 'pod-dns-spoof',
  summary: "Answers a pod's DNS queries with other addresses.",
  parameters,
  litmus: {
    experiment: 'pod-dns-spoof',
    defaults: {},
    defaultDurationMs: 60_000,
    env: {
      SPOOF_MAP: litmusSets(
        (value) => {
          const parsed = parseJsonMap(value, '{"abc.com":"spoofabc.com"}');
          if (!parsed.ok) return parsed;
          for (const [name, record] of Object.entries(parsed.value)) {
            const one = parseDnsRecord(name, record);
            if (!one.ok) return one;
            if (/[*?]/.test(name)) return bad(name, 'a domain name: Litmus knows no patterns');
          }
          return good(parsed.value);
        },
        (records) => ({ records }),
      ),
    },
  },
  example: `fault: pod-dns-spoof
target: { count: 1 }
parameters:
  records: { api.example.com: 10.0.0.5, payments.shop: payments-test.shop }
duration: 5s`,
  does: (effective) => {
    const records = readMap(effective, 'records');
    const names = Object.keys(records);
    return `answer ${describeNames(names, effective)} with ${Object.values(records).join(', ')}${names.length > 1 ? ', in that order' : ''}`;
  },
});
