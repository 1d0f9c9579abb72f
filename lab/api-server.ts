import { readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import type { Slot } from './slot.ts';

/** A way to ask the API server without the weight of a client library. */
export interface ApiServer {
  url: string;
  ca: Buffer;
  token: string;
}

/** Status and body of a GET. @throws when nobody answers */
export async function get(api: ApiServer, path: string, timeoutMs = 2000): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(
      `${api.url}${path}`,
      { ca: api.ca, headers: { authorization: `Bearer ${api.token}` }, timeout: timeoutMs, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }));
        response.on('error', reject);
      },
    );
    asked.on('timeout', () => asked.destroy(new Error(`${api.url}${path}: no answer within ${timeoutMs} ms`)));
    asked.on('error', reject);
    asked.end();
  });
}

/** The parsed body of a GET; undefined when it was not answered with 200. */
export async function getJson<T>(api: ApiServer, path: string): Promise<T | undefined> {
  const answer = await get(api, path).catch(() => undefined);
  return answer?.status === 200 ? (JSON.parse(answer.body) as T) : undefined;
}

/** Writes a kubeconfig that verifies the server and shows a token. */
export async function writeKubeconfig(path: string, slot: Slot, caFile: string, user: string, token: string): Promise<void> {
  const name = slot.context;
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: slot.apiServer, 'certificate-authority-data': (await readFile(caFile)).toString('base64') } }],
    users: [{ name: user, user: { token } }],
    contexts: [{ name, context: { cluster: name, user } }],
    'current-context': name,
  };
  // JSON is YAML.
  await writeFile(path, `${JSON.stringify(config, undefined, 2)}\n`, { mode: 0o600 });
}
