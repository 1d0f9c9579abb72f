import { findVerbs } from './all-verbs.ts';
import type { ObjectUndo, Restore } from './object-borne/object-undo.ts';

/**
 * How an object that bears a fault is put back; undefined: it is not known. `type` is the fault's name as it is written on
 * the object; '' on one of a time when it was not written, which is told by what is kept there.
 */
export function objectUndo(type: string, restore: Restore): ObjectUndo | undefined {
  return findVerbs(type === '' ? typeOf(restore) : type)?.putBack;
}

function typeOf(restore: Restore): string {
  if ('unschedulable' in restore) return 'node-cordon';
  if ('taints' in restore) return 'node-taint';
  if ('bootId' in restore) return 'node-restart';
  return 'replicas' in restore && 'set' in restore ? 'workload-scale' : '';
}
