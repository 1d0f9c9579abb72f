import { rootMessage } from '../root-message.ts';

/** Where the API is, and what it is asked with. */
export interface ApiAccess {
  /** without a slash at its end */
  url: string;
  /** null: none is sent */
  token: string | null;
}

/** The API could not be reached, or is not there. */
export class ApiUnreachable extends Error {
  override readonly name = 'ApiUnreachable';
  readonly exitCode = 69;
}

/** A mistake of a document or a query, as the API tells it. */
export interface ToldMistake {
  path?: string;
  line?: number;
  column?: number;
  parameter?: string;
  found?: string;
  expected?: string;
}

/** The API answered that it does not: a problem of RFC 9457. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly status: number;
  /** its stable name: `invalid-document` */
  readonly type: string;
  readonly errors: ToldMistake[];

  constructor(status: number, type: string, message: string, errors: ToldMistake[] = []) {
    super(message);
    this.status = status;
    this.type = type;
    this.errors = errors;
  }

  /** As the command line has it: 64 what was asked is wrong, 69 it could not be asked, 1 it was refused. */
  get exitCode(): number {
    if (this.status >= 500) return 69;
    return this.status === 400 || this.status === 422 ? 64 : 1;
  }
}

export interface ApiRequest {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** sent as it is, with `type` */
  body?: string;
  type?: string;
  /** sent as JSON */
  json?: unknown;
  accept?: string;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** The headers every request has. */
export function headersOf({ token }: ApiAccess): Record<string, string> {
  return token === null ? {} : { authorization: `Bearer ${token}` };
}

/**
 * A request, and its answer when that is good.
 *
 * @throws ApiUnreachable; ApiProblem; AbortError
 */
export async function request(access: ApiAccess, path: string, options: ApiRequest = {}): Promise<Response> {
  const { method = 'GET', body, type, json, accept = 'application/json', headers = {}, signal } = options;
  const sent = json === undefined ? body : JSON.stringify(json);
  const contentType = json === undefined ? type : 'application/json';
  let response: Response;
  try {
    response = await fetch(`${access.url}${path}`, {
      method,
      ...(sent !== undefined && { body: sent }),
      ...(signal !== undefined && { signal }),
      headers: { ...headersOf(access), accept, ...(contentType !== undefined && { 'content-type': contentType }), ...headers },
    });
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new ApiUnreachable(
      `the API does not answer at ${access.url} (${rootMessage(cause)}). Start it (squall api), or say where it is: --api URL or SQUALL_API_URL`,
      { cause },
    );
  }
  if (response.ok) return response;
  throw problemOf(access.url, response, await response.text());
}

/** As `request`; the answer's JSON. */
export async function requestJson<T>(access: ApiAccess, path: string, options: ApiRequest = {}): Promise<T> {
  return (await (await request(access, path, options)).json()) as T;
}

/** What an answer that is not good says. */
export function problemOf(url: string, { status, headers }: Pick<Response, 'status' | 'headers'>, text: string): Error {
  if (headers.get('content-type')?.startsWith('application/problem+json')) {
    const { type, title, detail, errors } = JSON.parse(text) as { type: string; title: string; detail?: string; errors?: ToldMistake[] };
    return new ApiProblem(status, type.replace('urn:squall:problem:', ''), `${title}: ${detail ?? ''}`, errors);
  }
  // What answers is a proxy, or something else altogether.
  const said = text.trim().slice(0, 200);
  return new ApiUnreachable(`${url} answers as squall's API does not: HTTP ${status}${said === '' ? '' : `: ${said}`}`);
}
