import assert from 'node:assert/strict';
import type { RunResource } from '../../src/api/run-resource.ts';
import { type AuditRecord, auditRecord } from '../../src/api/schemas/audit.ts';
import { readServerSentEvents } from '../../src/client/server-sent-events.ts';
import type { RunEvent } from '../../src/contracts/run-event.ts';

export interface SeenEvent {
  id: string;
  event: RunEvent;
}

/** A campaign of one experiment. Its name steers the simulated activities. */
export function documentOf(name: string, fault = 'pod-network-latency'): string {
  return `
apiVersion: squall.dev/v1
kind: Campaign
metadata:
  name: ${name}
spec:
  target: { namespace: shop, selector: app=cart }
  steps:
    - experiment:
        fault: ${fault}
        target: all
        parameters: { latency: 500ms }
        duration: 1s
`;
}

/** Requests to one API, as a person with curl would make them. */
export class ApiClient {
  readonly url: string;
  readonly #headers: Record<string, string>;

  /** @param headers of every request */
  constructor(url: string, headers: Record<string, string> = {}) {
    this.url = url;
    this.#headers = headers;
  }

  post(path: string, body?: string, headers: Record<string, string> = {}): Promise<Response> {
    const type = body === undefined ? {} : { 'content-type': 'application/yaml' };
    return fetch(`${this.url}${path}`, {
      method: 'POST',
      ...(body !== undefined && { body }),
      headers: { ...this.#headers, ...type, ...headers },
    });
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`${this.url}${path}`, { headers: { ...this.#headers, ...headers } });
  }

  async start(document: string, headers: Record<string, string> = {}): Promise<RunResource> {
    return expectJson<RunResource>(await this.post('/v1/runs', document, headers), 202);
  }

  /** The run's audit, in which time only goes on. */
  async audit(id: string): Promise<AuditRecord[]> {
    const response = await this.get(`/v1/runs/${id}/audit`);
    assert.match(response.headers.get('content-type') ?? '', /^application\/x-ndjson/);
    const text = await response.text();
    assert.equal(response.status, 200, text);
    const records = text.split('\n').flatMap((line) => (line === '' ? [] : [auditRecord.parse(JSON.parse(line))]));
    const times = records.map(({ at }) => at);
    assert.deepEqual(times, times.toSorted());
    return records;
  }

  /** The run's events until it has ended, or until `enough` says so of the latest. */
  async events(id: string, options: { after?: string; enough?: (event: RunEvent) => boolean } = {}): Promise<SeenEvent[]> {
    const stop = new AbortController();
    const headers = { ...this.#headers, ...(options.after !== undefined && { 'last-event-id': options.after }) };
    const response = await fetch(`${this.url}/v1/runs/${id}/events`, { headers, signal: stop.signal });
    if (response.status === 204) return [];
    assert.equal(response.status, 200, await textUnlessOk(response));
    assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/);
    assert.ok(response.body);
    const seen: SeenEvent[] = [];
    for await (const { id: eventId, event: name, data } of readServerSentEvents(response.body)) {
      const event = JSON.parse(data) as RunEvent;
      assert.equal(name, event.type);
      seen.push({ id: eventId, event });
      if (options.enough?.(event)) break;
    }
    stop.abort();
    return seen;
  }
}

/**
 * The same things happened, none more and none less. In which order what happened in two histories is told, and so the ids, which say
 * how far each was read, may differ from one reading to the next.
 */
export function expectSameEvents(found: readonly SeenEvent[], expected: readonly SeenEvent[], message?: string): void {
  const happened = (events: readonly SeenEvent[]) => events.map(({ event }) => JSON.stringify(event)).sort();
  assert.deepEqual(happened(found), happened(expected), message);
}

export async function expectJson<T>(response: Response, status: number): Promise<T> {
  const text = await response.text();
  assert.equal(response.status, status, text);
  return JSON.parse(text) as T;
}

export interface ProblemDocument {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  errors?: Record<string, unknown>[];
}

/** Checks that a response is a problem document of this kind, and answers it. */
export async function expectProblem(response: Response, status: number, type: string): Promise<ProblemDocument> {
  const problem = await expectJson<ProblemDocument>(response, status);
  assert.match(response.headers.get('content-type') ?? '', /^application\/problem\+json/);
  assert.equal(problem.type, `urn:squall:problem:${type}`);
  assert.equal(problem.status, status);
  assert.equal(problem.instance, `urn:uuid:${response.headers.get('x-request-id')}`);
  assert.ok(problem.title.length > 0 && problem.detail.length > 0);
  assert.doesNotMatch(JSON.stringify(problem), /node_modules|\.[jt]s:[0-9]/);
  return problem;
}

async function textUnlessOk(response: Response): Promise<string> {
  return response.ok ? '' : response.text();
}
