import type { V1Pod } from '@kubernetes/client-node';
import { ClusterError, type PodIdentity } from './cluster.ts';
import type { Connection } from './connection.ts';
import { listAll } from './list-all.ts';
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
    // 409 is also what a webhook or a concurrent update may answer: those say nothing of the uid.
    if (
      error instanceof ClusterError &&
      (error.status === 404 || (error.status === 409 && /UID in (the )?precondition/i.test(error.message)))
    )
      return 'gone';
    throw error;
  }
}
