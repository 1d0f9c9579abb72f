import { Agent, type RequestOptions, request } from 'node:https';
import { text } from 'node:stream/consumers';
import type { KubeConfig } from '@kubernetes/client-node';

const atOnce = 40;

/** Many requests to an API server over few connections: the library opens one for each. */
export class BulkClient implements Disposable {
  readonly #server: string;
  readonly #agent: Agent;
  readonly #headers: Record<string, string>;

  private constructor(server: string, agent: Agent, headers: Record<string, string>) {
    this.#server = server;
    this.#agent = agent;
    this.#headers = headers;
  }

  static async open(config: KubeConfig): Promise<BulkClient> {
    const options: RequestOptions = {};
    await config.applyToHTTPSOptions(options);
    const { ca, cert, key, headers } = options;
    const agent = new Agent({ keepAlive: true, maxSockets: atOnce, ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) });
    return new BulkClient(config.getCurrentCluster()?.server ?? '', agent, headers as Record<string, string>);
  }

  /** @throws Error with the answer, on any status but those of success and, of a DELETE, 404 */
  async send(method: 'POST' | 'PATCH' | 'DELETE' | 'GET', path: string, body?: object): Promise<unknown> {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const asked = request(`${this.#server}${path}`, {
      method,
      agent: this.#agent,
      headers: { ...this.#headers, 'content-type': type, accept: 'application/json' },
    });
    const answered = new Promise<{ status: number; body: string }>((resolve, reject) => {
      asked.on('error', reject);
      asked.on('response', (response) => {
        text(response).then((answer) => resolve({ status: response.statusCode ?? 0, body: answer }), reject);
      });
    });
    asked.end(body === undefined ? undefined : JSON.stringify(body));
    const { status, body: answer } = await answered;
    if (status >= 300 && !(method === 'DELETE' && status === 404)) {
      throw new Error(`${method} ${path}: found HTTP ${status}, expected success: ${answer.slice(0, 300)}`);
    }
    return JSON.parse(answer);
  }

  /** So many of them, some at once. */
  async each(count: number, act: (index: number) => Promise<void>): Promise<void> {
    let next = 0;
    const lane = async (): Promise<void> => {
      while (next < count) await act(next++);
    };
    await Promise.all(Array.from({ length: atOnce }, lane));
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}
