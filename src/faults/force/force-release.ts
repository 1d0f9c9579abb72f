import type { KubernetesObject } from '@kubernetes/client-node';
import { isRecord } from '../../campaign/document.ts';
import { objectKeys } from '../../contracts/object-keys.ts';
import type { FaultInstance } from '../../contracts/plan.ts';
import { errorMessage } from '../../error-message.ts';
import { objectUndo } from '../all-object-undos.ts';
import { ObjectGoneError, type OwnedReference, ownershipOf, readOwned } from '../object-borne/ownership.ts';
import type { FaultContext } from '../verbs.ts';

/**
 * Puts back what an object's annotations say, whoever changes it meanwhile, and takes the fault's marks off it, also when they
 * cannot be read any more.
 *
 * @returns what was done
 * @throws ClusterError
 */
export async function forceRelease(context: FaultContext, fault: FaultInstance, reference: OwnedReference): Promise<string> {
  const name = `${reference.kind} ${reference.name}`;
  let object: KubernetesObject;
  try {
    object = await readOwned(context, reference);
  } catch (error) {
    if (error instanceof ObjectGoneError) return error.message;
    throw error;
  }
  if (object.metadata?.annotations?.[objectKeys.fault] !== fault.id) return `${name} bears no mark of the fault`;
  const { patch, detail } = undoOf(object, fault);
  const metadata = isRecord(patch.metadata) ? patch.metadata : {};
  const others = isRecord(metadata.annotations) ? metadata.annotations : {};
  const marks = Object.fromEntries([run, id, faultType, expiresAt, restore].map((key) => [key, null]));
  const { uid: _, ...named } = reference;
  // Bound to the incarnation by its uid, and to nothing else: a forced undo wins over whoever else writes.
  const whole = { ...patch, metadata: { ...metadata, uid: object.metadata.uid, annotations: { ...others, ...marks } } };
  await context.cluster.patchObject(named, whole, {}, context.signal);
  return `${name}: ${detail}`;
}

const { run, fault: id, faultType, expiresAt, restore } = objectKeys;

function undoOf(object: KubernetesObject, fault: FaultInstance): { patch: Record<string, unknown>; detail: string } {
  try {
    const kept = ownershipOf(object)?.restore ?? {};
    const undo = objectUndo(fault.fault, kept);
    if (undo !== undefined) return undo(kept, object);
    return { patch: {}, detail: 'only the marks were taken off: nothing else is written on it' };
  } catch (error) {
    return { patch: {}, detail: `only the marks were taken off, since what it was cannot be told any more: ${errorMessage(error)}` };
  }
}
