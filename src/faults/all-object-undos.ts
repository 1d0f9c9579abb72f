import type { KubernetesObject } from '@kubernetes/client-node';
import { uncordon } from './node-cordon/cordon.ts';
import { untaint } from './node-taint/taint.ts';
import type { Restore } from './object-borne/ownership.ts';
import { unscale } from './workload-scale/scale.ts';

/** What puts an object back, from nothing but what the fault wrote on it: a JSON merge patch, and that in words. */
export type ObjectUndo = (restore: Restore, object: KubernetesObject) => { patch: Record<string, unknown>; detail: string };

const uncordonNode: ObjectUndo = (restore) => ({
  patch: uncordon(restore),
  detail: restore.unschedulable === true ? 'left cordoned, as it was before' : 'uncordoned',
});
const untaintNode: ObjectUndo = (restore, node) => ({ patch: untaint(restore, node), detail: 'its taints were taken off' });
const unmarkNode: ObjectUndo = () => ({ patch: {}, detail: 'its mark was taken off: a restart ends by itself' });

const byFault: Record<string, ObjectUndo> = {
  'node-cordon': uncordonNode,
  'node-drain': uncordonNode,
  'node-taint': untaintNode,
  'node-restart': unmarkNode,
  'pod-autoscaler': unscale,
  'workload-scale': unscale,
};

/**
 * How an object that bears a fault is put back; undefined: it is not known. `type` is the fault's name as it is written on
 * the object; '' on one of a time when it was not written, which is told by what is kept there.
 */
export function objectUndo(type: string, restore: Restore): ObjectUndo | undefined {
  if (type !== '') return Object.hasOwn(byFault, type) ? byFault[type] : undefined;
  if ('unschedulable' in restore) return uncordonNode;
  if ('taints' in restore) return untaintNode;
  if ('bootId' in restore) return unmarkNode;
  return 'replicas' in restore && 'set' in restore ? unscale : undefined;
}
