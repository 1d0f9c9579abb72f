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
    const abort = notes.readOptional([...path, 'abort'], parseBoolean);
    const meant = [
      ...(abort === true ? readAbort(notes, [...path, 'abort'], side) : []),
      ...readDelay(notes, [...path, 'delay'], side),
      ...readReplace(notes, [...path, 'replace'], side),
      ...readPatch(notes, [...path, 'patch'], side),
    ];
    const [first, second] = meant;
    if (first === undefined && ['delay', 'replace', 'patch'].every((key) => notes.valueAt([...path, key]) === undefined)) {
      notes.problem({ path, found: 'no action', expected: 'one of abort, delay, replace and patch' });
    }
    if (second !== undefined) {
      const expected = 'one action: squall has one fault at a time for the requests to a port';
      notes.problem({ path: second.path, found: `${second.fault} beside ${first?.fault}`, expected });
    }
    return meant.slice(0, 1).map((one) => ({ ...one, given: { ...requests, ...one.given } }));
  },
};

function readAbort(notes: LitmusNotes, path: Path, side: Side): MeantFault[] {
  if (side === 'Response') {
    const expected = 'the target Request: squall resets before the request reaches the app';
    notes.problem({ path, found: 'abort with the target Response', expected });
  }
  return [{ fault: 'pod-http-reset-peer', path, given: {} }];
}

function readDelay(notes: LitmusNotes, path: Path, side: Side): MeantFault[] {
  const latency = given(notes, path);
  if (latency === undefined) return [];
  if (side === 'Request') {
    notes.warn(
      'chaos-mesh-differs',
      path,
      'delay: Chaos Mesh would hold the request; squall holds the response, which to the client is the same',
    );
  }
  return [{ fault: 'pod-http-latency', path, given: { latency } }];
}

function readReplace(notes: LitmusNotes, path: Path, side: Side): MeantFault[] {
  if (notes.valueAt(path) === undefined || notes.mapping(path, replaceKeys) === undefined) return [];
  const code = given(notes, [...path, 'code']);
  const hasBody = given(notes, [...path, 'body']) !== undefined;
  const body = hasBody ? notes.read([...path, 'body'], parseBody) : undefined;
  const headers = given(notes, [...path, 'headers']);
  if (side === 'Request' && (code !== undefined || hasBody)) {
    const expected = 'headers, or the target Response: of a request squall changes headers only';
    notes.problem({
      path: [...path, code === undefined ? 'body' : 'code'],
      found: `${code === undefined ? 'body' : 'code'} with the target Request`,
      expected,
    });
    return [];
  }
  if (code === undefined && !hasBody) {
    if (headers === undefined) {
      const other = ['path', 'method', 'queries'].some((key) => notes.valueAt([...path, key]) !== undefined);
      if (!other) notes.problem({ path, found: 'nothing to replace', expected: 'code, body or headers' });
      return [];
    }
    return [{ fault: 'pod-http-modify-header', path, given: { headers, mode: modeOf(side, path) } }];
  }
  const contentType = headers === undefined ? undefined : contentTypeAlone(notes, headers);
  const newBody: Givens = body === undefined ? {} : { body: { value: body, path: [...path, 'body'] }, contentType };
  if (body !== undefined && contentType === undefined && headers === undefined) {
    const message = "body: Chaos Mesh would leave the app's Content-Type; squall's is text/plain unless headers has a Content-Type";
    notes.warn('chaos-mesh-differs', [...path, 'body'], message);
  }
  if (headers !== undefined && (contentType === undefined || body === undefined)) {
    const expected = 'no headers but a Content-Type beside a body: squall has one fault at a time for the requests to a port';
    notes.problem({ path: headers.path, found: 'headers', expected });
  }
  if (code === undefined) return [{ fault: 'pod-http-modify-body', path, given: newBody }];
  const modifyBody = { value: body !== undefined, path };
  return [{ fault: 'pod-http-status-code', path, given: { statusCode: code, modifyBody, ...newBody } }];
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

function contentTypeAlone(notes: LitmusNotes, { value, path }: Given): Given | undefined {
  const names = isRecord(value) ? Object.keys(value) : [];
  const [name = ''] = names;
  if (names.length !== 1 || name.toLowerCase() !== 'content-type') return undefined;
  return given(notes, [...path, name]);
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
