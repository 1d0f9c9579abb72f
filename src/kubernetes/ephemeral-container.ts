import { PatchStrategy, setHeaderOptions, type V1EphemeralContainer, type V1Pod } from '@kubernetes/client-node';
import type { Connection } from './connection.ts';

/** Adds the container, or finds that it is there just so. Kubernetes neither removes nor restarts one. */
export function addEphemeralContainer(
  connection: Connection,
  namespace: string,
  pod: string,
  container: V1EphemeralContainer,
  signal?: AbortSignal,
): Promise<V1Pod> {
  const body = { spec: { ephemeralContainers: [container] } };
  return connection.call(`add ephemeral container ${container.name} to pod ${namespace}/${pod}`, signal, (options) =>
    connection.core.patchNamespacedPodEphemeralcontainers(
      { namespace, name: pod, body },
      setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch, options),
    ),
  );
}
