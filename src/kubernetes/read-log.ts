import type { ContainerAddress } from './cluster.ts';
import type { Connection } from './connection.ts';

const mostBytes = 512 * 1024;

/** What a container has written since then, each line after the time at which its kubelet took it. */
export function readLog(
  connection: Connection,
  { namespace, pod, container }: ContainerAddress,
  since: Date,
  signal?: AbortSignal,
): Promise<string> {
  const sinceSeconds = Math.max(1, Math.ceil((Date.now() - since.getTime()) / 1000));
  return connection.call(`read log of pod ${namespace}/${pod}, container ${container}`, signal, (options) =>
    connection.core.readNamespacedPodLog(
      { namespace, name: pod, container, sinceSeconds, timestamps: true, limitBytes: mostBytes },
      options,
    ),
  );
}
