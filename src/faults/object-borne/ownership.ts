import { setTimeout as delay } from 'node:timers/promises';
import type { KubernetesObject } from '@kubernetes/client-node';
import { isRecord } from '../../campaign/document.ts';
import { objectKeys } from '../../contracts/object-keys.ts';
import type { FaultInstance, ObjectTarget } from '../../contracts/plan.ts';
import { ClusterError, type ObjectReference } from '../../kubernetes/cluster.ts';
import { timeToLive } from '../carrier/carried-fault.ts';
import { type FaultContext, RefusedError } from '../verbs.ts';
import type { Restore } from './object-undo.ts';
import { undoneOn, withMark, withoutExpired } from './undone-mark.ts';

/** Whose fault an object bears, written on the object itself: whoever finds it can undo it, without any history. */
export interface Ownership {
  run: string;
  fault: string;
  /** the fault's name; '': an object of a time when it was not written */
  type: string;
  /** ISO 8601 */
  expiresAt: string;
  restore: Restore;
}

/** What a fault changes on an object, and what undoing it needs. `patch` is a JSON merge patch. */
export interface Change {
  patch: Record<string, unknown>;
  restore: Restore;
}

/** `uid`: only that incarnation is meant; null or absent: whichever has the name. */
export type OwnedReference = ObjectReference & { uid?: string | null };

/** The object is not there, or another incarnation is in its place: what was changed on it went with it. */
export class ObjectGoneError extends Error {
  override readonly name = 'ObjectGoneError';
}

const attempts = 20;

/** Whose fault the object bears; undefined: none. Throws when the object says so in a way squall never writes. */
export function ownershipOf(object: KubernetesObject): Ownership | undefined {
  const annotations = object.metadata?.annotations ?? {};
  const fault = annotations[objectKeys.fault];
  if (fault === undefined) return undefined;
  const place = `${object.kind} ${object.metadata?.name}`;
  const text = annotations[objectKeys.restore] ?? '{}';
  return {
    run: annotations[objectKeys.run] ?? '',
    fault,
    type: annotations[objectKeys.faultType] ?? '',
    expiresAt: annotations[objectKeys.expiresAt] ?? '',
    restore: parseRestore(text, place),
  };
}

/** Why the object may not be changed by this fault: it bears another's. Throws RefusedError. */
export function refuseOwned(object: KubernetesObject, fault: { id: string }): void {
  const holder = ownershipOf(object);
  if (holder !== undefined && holder.fault !== fault.id) throw new RefusedError(heldBy(object, holder));
}

/** Why the object may not be changed by this fault any more: it was undone on it. Throws RefusedError. */
export function refuseUndone(object: KubernetesObject, fault: { id: string }): void {
  if (undoneOn(object).has(fault.id)) {
    throw new RefusedError(`fault ${fault.id} was undone on ${object.kind} ${object.metadata?.name}: it is not injected any more`);
  }
}

/**
 * Changes an object and writes on it, in the same patch, whose fault it bears and what puts it back. On an object
 * that bears this very fault already nothing is changed, unless `renew` finds that somebody has undone it and says what
 * is to be changed anew.
 *
 * @returns the object as it is then, and whether it was changed by this call
 * @throws ObjectGoneError; RefusedError when it bears another fault, or this one was undone on it; Error past the deadline; ClusterError
 */
export async function claim(
  context: FaultContext,
  fault: FaultInstance,
  reference: OwnedReference,
  change: (object: KubernetesObject) => Change,
  renew?: (object: KubernetesObject, restore: Restore) => Change | undefined,
): Promise<{ object: KubernetesObject; changed: boolean }> {
  return guarded(context, reference, async (object) => {
    const held = ownershipOf(object);
    refuseOwned(object, fault);
    refuseUndone(object, fault);
    const made = held === undefined ? change(object) : renew?.(object, held.restore);
    if (made === undefined) return { object, changed: false };
    timeToLive(fault);
    const { patch, restore } = made;
    const annotations = { ...withoutExpired(object), ...ownershipAnnotations(fault, restore) };
    return { object: await writePatch(context, reference, object, patch, annotations), changed: true };
  });
}

export function ownershipAnnotations(fault: FaultInstance, restore: Restore): Record<string, string> {
  return {
    [objectKeys.run]: fault.runId,
    [objectKeys.fault]: fault.id,
    [objectKeys.faultType]: fault.fault,
    [objectKeys.expiresAt]: new Date(fault.deadline).toISOString(),
    [objectKeys.restore]: JSON.stringify(restore),
  };
}

/**
 * Puts an object back and takes the ownership off it, in the same patch. `undo` makes a JSON merge patch from what
 * was kept; it may leave alone what somebody else has changed since. Whether it bore the fault or not, from then on the
 * fault cannot be injected on it any more. `deadline`: the fault's, in ms; absent: as the object says.
 *
 * @returns `released`; `not-held`: it bears no fault of this id (any more); `gone`: the object is not there
 * @throws ClusterError
 */
export async function release(
  context: FaultContext,
  fault: { id: string; deadline?: number },
  reference: OwnedReference,
  undo: (restore: Restore, object: KubernetesObject) => Record<string, unknown>,
): Promise<'released' | 'not-held' | 'gone'> {
  try {
    return await guarded(context, reference, async (object) => {
      const held = ownershipOf(object);
      if (held?.fault !== fault.id) {
        await writeMark(context, fault, reference, object);
        return 'not-held';
      }
      const { run, fault: id, faultType, expiresAt, restore } = objectKeys;
      await writePatch(context, reference, object, undo(held.restore, object), {
        [run]: null,
        [id]: null,
        [faultType]: null,
        [expiresAt]: null,
        [restore]: null,
        ...withMark(object, fault.id, Math.max(fault.deadline ?? 0, Date.parse(held.expiresAt) || 0)),
      });
      return 'released';
    });
  } catch (error) {
    if (error instanceof ObjectGoneError) return 'gone';
    throw error;
  }
}

/**
 * From then on the fault cannot be injected on the object any more, nor can it be deleted by a request from before.
 *
 * @returns the object; undefined: it is not there
 * @throws ClusterError
 */
export async function refuseFromNowOn(
  context: FaultContext,
  fault: { id: string; deadline?: number },
  reference: OwnedReference,
): Promise<KubernetesObject | undefined> {
  try {
    return await guarded(context, reference, (object) => writeMark(context, fault, reference, object));
  } catch (error) {
    if (error instanceof ObjectGoneError) return undefined;
    throw error;
  }
}

async function writeMark(
  context: FaultContext,
  fault: { id: string; deadline?: number },
  reference: OwnedReference,
  object: KubernetesObject,
): Promise<KubernetesObject> {
  if (undoneOn(object).has(fault.id)) return object;
  return writePatch(context, reference, object, {}, withMark(object, fault.id, fault.deadline ?? 0));
}

/** The object, in the incarnation meant. @throws ObjectGoneError */
export async function readOwned(context: FaultContext, reference: OwnedReference): Promise<KubernetesObject> {
  const { uid, ...named } = reference;
  const object = await context.cluster.readObject(named, context.signal);
  if (object === undefined) throw new ObjectGoneError(`${reference.kind} ${reference.name} does not exist`);
  const found = object.metadata?.uid;
  if (uid != null && found !== uid)
    throw new ObjectGoneError(`${reference.kind} ${reference.name} has been replaced: its uid is ${found}, expected ${uid}`);
  return object;
}

/** Reads and acts; when somebody changed the object in between, reads and acts anew. */
async function guarded<T>(context: FaultContext, reference: OwnedReference, act: (object: KubernetesObject) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    context.signal.throwIfAborted();
    const object = await readOwned(context, reference);
    try {
      return await act(object);
    } catch (error) {
      if (!(error instanceof ClusterError) || error.status !== 409 || attempt === attempts) throw error;
      // Two that change the same object must not go on in step.
      await delay(Math.random() * 100, undefined, { signal: context.signal });
    }
  }
}

function writePatch(
  context: FaultContext,
  { uid: _, ...reference }: OwnedReference,
  object: KubernetesObject,
  patch: Record<string, unknown>,
  annotations: Record<string, string | null>,
): Promise<KubernetesObject> {
  const metadata = isRecord(patch.metadata) ? patch.metadata : {};
  const others = isRecord(metadata.annotations) ? metadata.annotations : {};
  const resourceVersion = object.metadata?.resourceVersion;
  const whole = { ...patch, metadata: { ...metadata, resourceVersion, annotations: { ...others, ...annotations } } };
  return context.cluster.patchObject(reference, whole, {}, context.signal);
}

function heldBy(object: KubernetesObject, { run, fault, expiresAt }: Ownership): string {
  return `${object.kind} ${object.metadata?.name} bears fault ${fault} of run ${run || '(unknown)'} until ${expiresAt || 'an unknown time'}: nothing else may change it`;
}

function parseRestore(text: string, place: string): Restore {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(`${place}: its annotation ${objectKeys.restore} is ${JSON.stringify(text)}, expected JSON`, { cause: error });
  }
  if (!isRecord(value))
    throw new Error(`${place}: its annotation ${objectKeys.restore} is ${JSON.stringify(text)}, expected a JSON object`);
  return value;
}

/** What a target of a fault of objects is read by. */
export function referenceOf({ apiVersion, objectKind, namespace, name, uid }: ObjectTarget): OwnedReference {
  return { apiVersion, kind: objectKind, namespace, name, uid };
}
