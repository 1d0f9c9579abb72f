import { type ApiServer, get } from '../../lab/api-server.ts';

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

/** All objects of these kinds in the cluster, asked anew. @throws Error when the API server does not answer all of it */
export async function readObjects(api: ApiServer): Promise<ApiObject[]> {
  const lists = await Promise.all(
    Object.entries(collections).map(async ([kind, path]) => {
      const { status, body } = await get(api, path, 5_000);
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
