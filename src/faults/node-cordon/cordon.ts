import type { V1Node } from '@kubernetes/client-node';
import type { Change, Restore } from '../object-borne/ownership.ts';

/** Cordons; a node that was cordoned before stays so afterwards. */
export function cordon(node: V1Node): Change {
  return { patch: { spec: { unschedulable: true } }, restore: { unschedulable: node.spec?.unschedulable === true } };
}

export function uncordon(restore: Restore): Record<string, unknown> {
  return { spec: { unschedulable: restore.unschedulable === true ? true : null } };
}

export function isCordoned(node: V1Node): { there: boolean; detail: string } {
  const there = node.spec?.unschedulable === true;
  return { there, detail: there ? 'cordoned: nothing new is scheduled on it' : 'not cordoned' };
}
