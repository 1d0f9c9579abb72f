import { bad, good, type Parsed } from '../../campaign/units.ts';
import {
  choiceParameter,
  integerParameter,
  listParameter,
  type Parameter,
  percentParameter,
  textParameter,
} from '../parameters/parameter.ts';

/** As HTTP has them: in capitals. */
function parseMethod(value: unknown): Parsed<string> {
  if (typeof value === 'string' && /^[A-Za-z][A-Za-z_-]{0,31}$/.test(value)) return good(value.toUpperCase());
  return bad(value, 'a method, for example GET');
}

/** The statuses a response can end with. */
export const leastStatus = 200;
export const mostStatus = 599;

/** Which requests a fault is about. All that are given have to be true of a request. */
export const requestParameters: Record<string, Parameter> = {
  port: integerParameter({
    sets: 'port',
    min: 1,
    max: 65_535,
    default: 80,
    example: 8080,
    description: "the port the container listens on; not the Service's, where that is another",
  }),
  methods: listParameter({
    sets: 'methods',
    item: parseMethod,
    expected: 'methods of HTTP',
    example: ['GET', 'POST'],
    refused: ['a b'],
    description: 'only requests with these methods',
  }),
  path: textParameter({
    sets: 'path',
    pattern: /^[/*][\x21-\x3e\x40-\x7e]*$/,
    expected: 'a path that begins with / or *, in which * stands for any characters, without a query',
    example: '/api/*',
    refused: ['api', '/a b', '/a?b=1'],
    description: 'only requests for this path; `*` is any characters, `/` too, and the query does not count',
  }),
  percent: percentParameter({ sets: 'percent', min: 1, default: '100%', description: 'of these requests' }),
};

/** What a body in place of the app's is; `description` says when there is one. */
export function bodyParameters(description: string): Record<string, Parameter> {
  return {
    body: textParameter({
      sets: 'body',
      // the agent's request has to fit into a line
      pattern: /^[\s\S]{1,30000}$/,
      expected: 'a text of at most 30000 characters',
      example: '{"error":"by squall"}',
      description,
    }),
    contentType: textParameter({
      sets: 'contentType',
      pattern: /^[a-z0-9!#$&^_.+-]+\/[a-z0-9!#$&^_.+-]+(?:\s*;\s*[\x20-\x7e]+)?$/i,
      expected: 'a media type, for example application/json',
      default: 'text/plain',
      example: 'application/json',
      refused: ['json'],
      description: 'of that body',
    }),
    contentEncoding: choiceParameter({
      sets: 'contentEncoding',
      choices: ['identity', 'gzip', 'deflate'],
      default: 'identity',
      description: 'that body is sent in this encoding',
    }),
  };
}
