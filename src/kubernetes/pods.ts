import type { V1Pod } from '@kubernetes/client-node';
import { ClusterError, type PodIdentity } from './cluster.ts';
import type { Connection } from './connection.ts';
import { listAll } from './list-all.ts';
import { isGone } from './objects.ts';
import { orUndefined } from './or-undefined.ts';

export function listPods(
  connection: Connection,
  namespace: string,
  labelSelector: string | undefined,
  signal?: AbortSignal,
): Promise<V1Pod[]> {
  const selector = labelSelector === undefined ? {} : { labelSelector };
  const operation = `list pods ${namespace}${labelSelector === undefined ? '' : ` with ${labelSelector}`}`;
  return listAll(connection, operation, signal, (range, options) =>
    connection.core.listNamespacedPod({ namespace, ...selector, ...range }, options),
  );
}

export function readPod(connection: Connection, namespace: string, name: string, signal?: AbortSignal): Promise<V1Pod | undefined> {
  return orUndefined(
    connection.call(`read pod ${namespace}/${name}`, signal, (options) => connection.core.readNamespacedPod({ namespace, name }, options)),
  );
}

/** Bound to the uid, so that a repeated deletion can't take the pod that came in its place. */
export async function deletePod(
  connection: Connection,
  { namespace, name, uid }: PodIdentity,
  gracePeriodSeconds: number | undefined,
  signal?: AbortSignal,
): Promise<'deleted' | 'gone'> {
  const body = { preconditions: { uid }, ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }) };
  try {
    await connection.call(`delete pod ${namespace}/${name} (uid ${uid})`, signal, (options) =>
      connection.core.deleteNamespacedPod({ namespace, name, body }, options),
    );
    return 'deleted';
  } catch (error) {
    if (isGone(error)) return 'gone';
    throw error;
  }
}

/** Asks for the pod's end as a drain does. `blocked`: a disruption budget forbids it now, in the API server's words. */
export async function evictPod(
  connection: Connection,
  { namespace, name, uid }: PodIdentity,
  gracePeriodSeconds: number | undefined,
  signal?: AbortSignal,
): Promise<{ outcome: 'evicted' | 'gone' } | { outcome: 'blocked'; reason: string }> {
  const deleteOptions = { preconditions: { uid }, ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }) };
  const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace }, deleteOptions };
  try {
    await connection.call(`evict pod ${namespace}/${name} (uid ${uid})`, signal, (options) =>
      connection.core.createNamespacedPodEviction({ namespace, name, body }, options),
    );
    return { outcome: 'evicted' };
  } catch (error) {
    if (isGone(error)) return { outcome: 'gone' };
    if (error instanceof ClusterError && error.status === 429) return { outcome: 'blocked', reason: error.message };
    throw error;
  }
}

/**
 * One HTTP request to a port of a pod by way of the API server, which connects to the pod itself, not through its kubelet.
 *
 * @throws ClusterError with the status the pod, or the API server in its place, answered
 */
export async function proxyToPod(
  connection: Connection,
  { namespace, pod, port }: { namespace: string; pod: string; port: number },
  method: 'GET' | 'POST',
  path: string,
  signal?: AbortSignal,
): Promise<string> {
  const parameters = { namespace, name: `${pod}:${port}`, path };
  const body: unknown = await connection.call(`${method} /${path} of pod ${namespace}/${pod}:${port}`, signal, (options) =>
    method === 'GET'
      ? connection.core.connectGetNamespacedPodProxyWithPath(parameters, options)
      : connection.core.connectPostNamespacedPodProxyWithPath(parameters, options),
  );
  // The client library has parsed JSON, whatever it says of the type.
  return typeof body === 'string' ? body : JSON.stringify(body);
}
