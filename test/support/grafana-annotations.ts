import { type Answer, RecordingServer } from './recording-server.ts';

export interface Annotation {
  id: number;
  time: number;
  timeEnd: number;
  tags: string[];
  text: string;
  dashboardUID?: string;
  panelId?: number;
}

const token = 'glsa_a-token-for-tests';

/**
 * Not a Grafana: a server that does what the documentation of its annotations' API says of POST, GET and PATCH, and refuses what it
 * does not say (https://grafana.com/docs/grafana/latest/developers/http_api/annotations/).
 */
export class GrafanaAnnotations implements AsyncDisposable {
  readonly annotations: Annotation[] = [];
  readonly token = token;
  readonly #server: RecordingServer;

  private constructor(server: RecordingServer) {
    this.#server = server;
  }

  static async start(): Promise<GrafanaAnnotations> {
    let grafana: GrafanaAnnotations | undefined;
    const server = await RecordingServer.start((request) => grafana?.answer(request) ?? 503);
    grafana = new GrafanaAnnotations(server);
    return grafana;
  }

  get url(): string {
    return this.#server.url;
  }

  answer({ method, path, headers, body }: { method: string; path: string; headers: Record<string, unknown>; body: string }): Answer {
    if (headers.authorization !== `Bearer ${token}`) return { status: 401, body: { message: 'Unauthorized' } };
    const url = new URL(path, 'http://grafana');
    if (method === 'GET' && url.pathname === '/api/annotations') {
      const tags = url.searchParams.getAll('tags');
      return { status: 200, body: this.annotations.filter((one) => tags.every((tag) => one.tags.includes(tag))) };
    }
    const written = JSON.parse(body) as Partial<Annotation>;
    if (method === 'POST' && url.pathname === '/api/annotations') {
      if (typeof written.text !== 'string' || !Number.isInteger(written.time))
        return { status: 400, body: { message: 'bad request data' } };
      const { time = 0, timeEnd = time, tags = [], text, dashboardUID, panelId } = written;
      const id = this.annotations.length + 1;
      this.annotations.push({ id, time, timeEnd, tags, text, ...(dashboardUID && { dashboardUID }), ...(panelId && { panelId }) });
      return { status: 200, body: { message: 'Annotation added', id } };
    }
    const [, id] = /^\/api\/annotations\/(\d+)$/.exec(url.pathname) ?? [];
    const found = this.annotations.find((one) => one.id === Number(id));
    if (method !== 'PATCH' || found === undefined) return { status: 404, body: { message: 'not found' } };
    Object.assign(found, written);
    return { status: 200, body: { message: 'Annotation patched' } };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }
}
