import type { V1Node } from '@kubernetes/client-node';
import type { Connection } from './connection.ts';
import { listAll } from './list-all.ts';

export const zoneLabel = 'topology.kubernetes.io/zone';

export function listNodes(connection: Connection, labelSelector: string | undefined, signal?: AbortSignal): Promise<V1Node[]> {
  const selector = labelSelector === undefined ? {} : { labelSelector };
  return listAll(connection, 'list nodes', signal, (range, options) => connection.core.listNode({ ...selector, ...range }, options));
}

/** Zone by node name; nodes without a zone label are absent. */
export async function nodeZones(connection: Connection, signal?: AbortSignal): Promise<Map<string, string>> {
  const nodes = await listNodes(connection, undefined, signal);
  return new Map(
    nodes.flatMap(({ metadata }): [string, string][] => {
      const zone = metadata?.labels?.[zoneLabel];
      return metadata?.name === undefined || zone === undefined ? [] : [[metadata.name, zone]];
    }),
  );
}
