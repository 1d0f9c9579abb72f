import { Agent, request } from 'node:https';
import type { ApiServer } from '../../lab/api-server.ts';

/** An object of the API, as it was answered. */
export interface ApiObject {
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    uid: string;
    generation?: number;
    deletionTimestamp?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    ownerReferences?: { kind: string; name: string; controller?: boolean }[];
  };
  spec?: Record<string, unknown>;
  status?: Record<string, unknown>;
  data?: Record<string, string>;
}

/** Every kind a fault of squall's could leave something on, or of which it could leave one behind. */
const collections: Record<string, string> = {
  Node: '/api/v1/nodes',
  Pod: '/api/v1/pods',
  ConfigMap: '/api/v1/configmaps',
  Secret: '/api/v1/secrets',
  Service: '/api/v1/services',
  Deployment: '/apis/apps/v1/deployments',
  ReplicaSet: '/apis/apps/v1/replicasets',
  StatefulSet: '/apis/apps/v1/statefulsets',
  DaemonSet: '/apis/apps/v1/daemonsets',
  NetworkPolicy: '/apis/networking.k8s.io/v1/networkpolicies',
  PodDisruptionBudget: '/apis/policy/v1/poddisruptionbudgets',
  HorizontalPodAutoscaler: '/apis/autoscaling/v2/horizontalpodautoscalers',
};

/** Connections are kept: a look is a dozen requests. */
const connections = new Agent({ keepAlive: true, maxSockets: 6 });
const timeoutMs = 5_000;

function get(api: ApiServer, path: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${api.token}` };
    const asked = request(`${api.url}${path}`, { ca: api.ca, headers, timeout: timeoutMs, agent: connections }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }));
      response.on('error', reject);
    });
    asked.on('timeout', () => asked.destroy(new Error(`checker: ${api.url}${path}: no answer within ${timeoutMs} ms`)));
    asked.on('error', reject);
    asked.end();
  });
}

/** All objects of these kinds in the cluster, asked anew. @throws Error when the API server does not answer all of it */
export async function readObjects(api: ApiServer): Promise<ApiObject[]> {
  const lists = await Promise.all(
    Object.entries(collections).map(async ([kind, path]) => {
      const { status, body } = await get(api, path);
      if (status !== 200) throw new Error(`checker: GET ${path} was answered ${status}, expected 200`);
      const { items } = JSON.parse(body) as { items: Omit<ApiObject, 'kind'>[] };
      return items.map((item): ApiObject => ({ ...item, kind }));
    }),
  );
  return lists.flat();
}

/** `Deployment soak-1-scale/app`, `Node node-1`. */
export function nameOf({ kind, metadata }: ApiObject): string {
  return metadata.namespace === undefined ? `${kind} ${metadata.name}` : `${kind} ${metadata.namespace}/${metadata.name}`;
}
