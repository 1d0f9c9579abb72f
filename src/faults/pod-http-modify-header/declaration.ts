import { bad, describe, good, type Parsed, parseChoice } from '../../campaign/units.ts';
import { type FaultDeclaration, litmusSets } from '../definition.ts';
import { httpDeclaration } from '../http/http-declaration.ts';
import { requestParameters } from '../http/http-parameters.ts';
import { litmusRequests } from '../http/litmus-http.ts';
import { choiceParameter, mapParameter } from '../parameters/parameter.ts';
import { parameterTable } from '../parameters/parameter-table.ts';
import { parseJsonMap } from '../redirect/litmus-json.ts';
import { readMap } from '../redirect/read-collection.ts';

/** They say how a message is read: with others it would not arrive. */
const framing = ['connection', 'content-length', 'expect', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade'];

function parseHeader(name: string, value: string): Parsed<string> {
  if (!/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/.test(name)) return bad(name, 'the name of a header, for example X-Region');
  if (framing.includes(name.toLowerCase())) return bad(name, `another header than ${framing.join(', ')}, which say how a message is read`);
  if (!/^[\t\x20-\x7e\x80-\uffff]{0,1000}$/.test(value)) return bad(value, `one line of at most 1000 characters for ${describe(name)}`);
  return good(value);
}

const parameters = parameterTable({
  headers: mapParameter({
    sets: 'headers',
    entry: parseHeader,
    required: true,
    expected: 'headers, each with its value',
    example: { 'Cache-Control': 'no-store' },
    refused: [{ 'a b': 'x' }, { 'Content-Length': '5' }, { a: 'x\ny' }],
    description: 'set in place of those of the same name',
  }),
  mode: choiceParameter({
    sets: 'mode',
    choices: ['response', 'request'],
    default: 'response',
    description: 'of what the headers are: the response the client gets, or the request the app gets',
  }),
  ...requestParameters,
});

export const podHttpModifyHeader: FaultDeclaration = httpDeclaration({
  name: 'pod-http-modify-header',
  summary: "Sets headers of a pod's HTTP requests or responses.",
  notes: '',
  parameters,
  litmus: {
    experiment: 'pod-http-modify-header',
    defaults: {},
    defaultDurationMs: 60_000,
    env: {
      HEADERS_MAP: litmusSets(
        (value) => {
          const parsed = parseJsonMap(value, '{"X-Region":"nowhere"}');
          if (!parsed.ok) return parsed;
          for (const [name, text] of Object.entries(parsed.value)) {
            const header = parseHeader(name, text);
            if (!header.ok) return header;
          }
          return parsed;
        },
        (headers) => ({ headers }),
      ),
      HEADER_MODE: litmusSets(
        (value) => parseChoice(value, ['response', 'request']),
        (mode) => ({ mode }),
      ),
      ...litmusRequests,
    },
  },
  example: `fault: pod-http-modify-header
target: { count: 1 }
parameters:
  port: 9121
  headers: { X-Region: nowhere }
  path: /health
duration: 5s`,
  changes: ({ mode }) => [`${String(mode)}-headers`],
  does: (effective, requests) => {
    const names = Object.keys(readMap(effective, 'headers')).join(', ');
    return `set ${names} of ${effective.mode === 'request' ? requests : `the responses to ${requests}`}`;
  },
});
