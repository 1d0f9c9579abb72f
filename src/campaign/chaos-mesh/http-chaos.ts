import { isRecord } from '../document.ts';
import type { Given } from '../imported/parameters.ts';
import type { KeyTable, LitmusNotes } from '../litmus-notes.ts';
import type { Path } from '../problem.ts';
import { bad, describe, good, type Parsed, parseBoolean, parseChoice } from '../units.ts';
import { type ChaosKind, given, type MeantFault } from './chaos-kind.ts';

type Givens = Record<string, Given | undefined>;
type Side = 'Request' | 'Response';

const byRequest = 'port, path and method: squall chooses requests by these';
const replaceKeys: KeyTable = {
  read: ['code', 'body', 'headers'],
  unsupported: {
    path: 'code, body or headers: squall leads no request to another path',
    method: 'code, body or headers: squall gives no request another method',
    queries: 'code, body or headers: squall changes no query',
  },
};
const patchKeys: KeyTable = {
  read: ['headers'],
  unsupported: { body: 'replace.body: squall puts another body in place of the whole', queries: 'headers: squall changes no query' },
};

export const httpChaos: ChaosKind = {
  kind: 'HTTPChaos',
  key: 'httpChaos',
  keys: {
    read: ['target', 'port', 'path', 'method', 'abort', 'delay', 'replace', 'patch'],
    unsupported: {
      code: byRequest,
      request_headers: byRequest,
      response_headers: byRequest,
      tls: 'plain HTTP: squall reads no TLS',
    },
  },
  read(notes, path) {
    const side = notes.read([...path, 'target'], (value) => parseChoice(value, ['Request', 'Response']));
    const port = given(notes, [...path, 'port']);
    if (port === undefined) notes.problem({ path: [...path, 'port'], found: 'nothing', expected: 'the port the container listens on' });
    const requests: Givens = {
      port,
      path: given(notes, [...path, 'path']),
      methods: given(notes, [...path, 'method'], (method) => (typeof method === 'string' ? [method] : method)),
    };
    if (side === undefined) return [];
    const abort = notes.readOptional([...path, 'abort'], parseBoolean) === true;
    const delay = readDelay(notes, [...path, 'delay'], side);
    const meant = [...readReplace(notes, [...path, 'replace'], side), ...readPatch(notes, [...path, 'patch'], side)];
    if (!abort && delay.length === 0 && ['replace', 'patch'].every((key) => notes.valueAt([...path, key]) === undefined)) {
      notes.problem({ path, found: 'no action', expected: 'at least one of abort, delay, replace and patch' });
    }
    const [, second] = meant.filter(({ fault }) => fault === 'pod-http-modify-header');
    if (second !== undefined) {
      notes.problem({
        path: second.path,
        found: 'headers of patch beside those of replace',
        expected: 'one of them: squall sets headers once',
      });
    }
    const all = abort ? [readAbort(notes, [...path, 'abort'], side, delay[0]?.given.latency, meant)] : [...delay, ...meant];
    return all.map((one) => ({ ...one, given: { ...requests, ...one.given } }));
  },
};

/** @param after how long the request is held before; `others`: what else is asked for, of which nothing would be seen */
function readAbort(notes: LitmusNotes, path: Path, side: Side, after: Given | undefined, others: readonly MeantFault[]): MeantFault {
  if (side === 'Response') {
    const expected = 'the target Request: squall resets before the request reaches the app';
    notes.problem({ path, found: 'abort with the target Response', expected });
  }
  const [other] = others;
  if (other !== undefined)
    notes.problem({ path: other.path, found: 'another action beside abort', expected: 'none: no response comes back' });
  return { fault: 'pod-http-reset-peer', path, given: { after } };
}

function readDelay(notes: LitmusNotes, path: Path, side: Side): MeantFault[] {
  const latency = given(notes, path);
  if (latency === undefined) return [];
  if (side === 'Request' && notes.valueAt([...path.slice(0, -1), 'abort']) !== true) {
    const message = 'delay: Chaos Mesh would hold the request; squall holds the response, which to the client is the same';
    notes.warn('chaos-mesh-differs', path, message);
  }
  return [{ fault: 'pod-http-latency', path, given: { latency } }];
}

/** Code and body are one fault, headers another, which is done together with it. */
function readReplace(notes: LitmusNotes, path: Path, side: Side): MeantFault[] {
  if (notes.valueAt(path) === undefined || notes.mapping(path, replaceKeys) === undefined) return [];
  const code = given(notes, [...path, 'code']);
  const body = given(notes, [...path, 'body']);
  const headers = given(notes, [...path, 'headers']);
  if (side === 'Request' && (code !== undefined || body !== undefined)) {
    const key = code === undefined ? 'body' : 'code';
    const expected = 'headers, or the target Response: of a request squall changes headers only';
    notes.problem({ path: [...path, key], found: `${key} with the target Request`, expected });
    return [];
  }
  if (code === undefined && body === undefined && headers === undefined) {
    const other = ['path', 'method', 'queries'].some((key) => notes.valueAt([...path, key]) !== undefined);
    if (!other) notes.problem({ path, found: 'nothing to replace', expected: 'code, body or headers' });
    return [];
  }
  const type = body === undefined ? undefined : contentTypeOf(notes, headers);
  const text = body === undefined ? undefined : notes.read(body.path, parseBody);
  if (body !== undefined && type === undefined) {
    const message = "body: Chaos Mesh would leave the app's Content-Type; squall's is text/plain unless headers has a Content-Type";
    notes.warn('chaos-mesh-differs', body.path, message);
  }
  const newBody: Givens =
    body === undefined || text === undefined ? {} : { body: { value: text, path: body.path, written: body.value }, contentType: type };
  const left = withoutContentType(headers, type !== undefined);
  return [
    ...(code === undefined
      ? body === undefined
        ? []
        : [{ fault: 'pod-http-modify-body', path, given: newBody }]
      : [
          { fault: 'pod-http-status-code', path, given: { statusCode: code, modifyBody: { value: body !== undefined, path }, ...newBody } },
        ]),
    ...(left === undefined
      ? []
      : [{ fault: 'pod-http-modify-header', path: left.path, given: { headers: left, mode: modeOf(side, path) } }]),
  ];
}

function readPatch(notes: LitmusNotes, path: Path, side: Side): MeantFault[] {
  if (notes.valueAt(path) === undefined || notes.mapping(path, patchKeys) === undefined) return [];
  const place = [...path, 'headers'];
  if (notes.valueAt(place) === undefined) {
    const other = ['body', 'queries'].some((key) => notes.valueAt([...path, key]) !== undefined);
    if (!other) notes.problem({ path, found: 'nothing to patch', expected: 'headers' });
    return [];
  }
  const headers: Record<string, string> = {};
  for (const [index, pair] of (notes.list(place) ?? []).entries()) {
    const [name, value, ...rest] = Array.isArray(pair) ? (pair as unknown[]) : [];
    if (typeof name !== 'string' || typeof value !== 'string' || rest.length > 0) {
      notes.problem({
        path: [...place, index],
        found: describe(pair),
        expected: 'a header and its value, for example [X-Region, nowhere]',
      });
    } else if (Object.hasOwn(headers, name)) {
      notes.problem({
        path: [...place, index],
        found: `${describe(name)} a second time`,
        expected: 'each header once: squall sets headers',
      });
    } else if (name === '__proto__') {
      notes.problem({ path: [...place, index], found: describe(name), expected: 'the name of a header' });
    } else headers[name] = value;
  }
  notes.warn('chaos-mesh-differs', place, 'patch: Chaos Mesh would add to headers of the same name; squall sets them in their place');
  return [{ fault: 'pod-http-modify-header', path, given: { headers: { value: headers, path: place }, mode: modeOf(side, path) } }];
}

function modeOf(side: Side, path: Path): Given {
  return { value: side === 'Request' ? 'request' : 'response', path };
}

function contentTypeOf(notes: LitmusNotes, headers: Given | undefined): Given | undefined {
  const name = Object.keys(isRecord(headers?.value) ? headers.value : {}).find(isContentType);
  return name === undefined || headers === undefined ? undefined : given(notes, [...headers.path, name]);
}

/** The headers but for that which the body has; undefined: none are left. */
function withoutContentType(headers: Given | undefined, taken: boolean): Given | undefined {
  if (headers === undefined || !taken || !isRecord(headers.value)) return headers;
  const left = Object.entries(headers.value).filter(([name]) => !isContentType(name));
  return left.length === 0 ? undefined : { ...headers, value: Object.fromEntries(left) };
}

function isContentType(name: string): boolean {
  return name.toLowerCase() === 'content-type';
}

/** Bytes, which Kubernetes writes in base64. */
function parseBody(value: unknown): Parsed<string> {
  const expected = 'a body in base64, as Kubernetes takes bytes, of a text';
  if (typeof value !== 'string' || !/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(value))
    return bad(value, expected);
  try {
    return good(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(value, 'base64')));
  } catch (error) {
    if (error instanceof TypeError) return bad(value, expected);
    throw error;
  }
}
