import type { Connection } from './connection.ts';
import { listAll } from './list-all.ts';

const zoneLabel = 'topology.kubernetes.io/zone';

/** Zone by node name; nodes without a zone label are absent. */
export async function nodeZones(connection: Connection, signal?: AbortSignal): Promise<Map<string, string>> {
  const nodes = await listAll(connection, 'list nodes', signal, (range, options) => connection.core.listNode(range, options));
  return new Map(
    nodes.flatMap(({ metadata }): [string, string][] => {
      const zone = metadata?.labels?.[zoneLabel];
      return metadata?.name === undefined || zone === undefined ? [] : [[metadata.name, zone]];
    }),
  );
}
