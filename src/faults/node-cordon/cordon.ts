import type { V1Node } from '@kubernetes/client-node';
import type { ObjectUndo } from '../object-borne/object-undo.ts';
import type { Change } from '../object-borne/ownership.ts';

/** Cordons; a node that was cordoned before stays so afterwards. */
export function cordon(node: V1Node): Change {
  return { patch: { spec: { unschedulable: true } }, restore: { unschedulable: node.spec?.unschedulable === true } };
}

export const uncordon: ObjectUndo = (restore) =>
  restore.unschedulable === true
    ? { patch: { spec: { unschedulable: true } }, detail: 'left cordoned, as it was before' }
    : { patch: { spec: { unschedulable: null } }, detail: 'uncordoned' };

export function isCordoned(node: V1Node): { there: boolean; detail: string } {
  const there = node.spec?.unschedulable === true;
  return { there, detail: there ? 'cordoned: nothing new is scheduled on it' : 'not cordoned' };
}
