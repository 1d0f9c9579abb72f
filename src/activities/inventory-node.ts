import type { V1Node } from '@kubernetes/client-node';
import { objectKeys } from '../contracts/object-keys.ts';
import type { InventoryNode } from '../contracts/plan.ts';
import { isReady } from '../kubernetes/is-ready.ts';
import { zoneLabel } from '../kubernetes/nodes.ts';

/** A node as a plan has it. */
export function inventoryNode(node: V1Node): InventoryNode {
  const { metadata, spec, status } = node;
  const chaos = metadata?.annotations?.[objectKeys.chaos];
  return {
    name: metadata?.name ?? '',
    uid: metadata?.uid ?? '',
    ip: status?.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? '',
    zone: zoneOf(node),
    ready: isReady(node),
    unschedulable: spec?.unschedulable ?? false,
    labels: metadata?.labels ?? {},
    annotations: chaos === undefined ? {} : { [objectKeys.chaos]: chaos },
  };
}

/** Zone by node name; nodes without a zone label are absent. */
export function zonesOf(nodes: readonly V1Node[]): Map<string, string> {
  return new Map(
    nodes.flatMap((node): [string, string][] => {
      const zone = zoneOf(node);
      return node.metadata?.name === undefined || zone === null ? [] : [[node.metadata.name, zone]];
    }),
  );
}

function zoneOf({ metadata }: V1Node): string | null {
  return metadata?.labels?.[zoneLabel] ?? null;
}
