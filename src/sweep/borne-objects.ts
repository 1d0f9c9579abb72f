import type { KubernetesObject, V1OwnerReference } from '@kubernetes/client-node';
import { objectKeys } from '../contracts/object-keys.ts';
import { errorMessage } from '../error-message.ts';
import { objectUndo } from '../faults/all-object-undos.ts';
import { type Ownership, ownershipOf, release } from '../faults/object-borne/ownership.ts';
import { undoneOn, withoutExpired } from '../faults/object-borne/undone-mark.ts';
import type { FaultContext } from '../faults/verbs.ts';
import type { ObjectReference } from '../kubernetes/cluster.ts';
import type { Sighting, Undoing } from './sighting.ts';

/** Objects of other people's that faults are written on. Annotations cannot be asked for: all of a kind are looked through. */
export async function seeBorneObjects(
  context: FaultContext,
  { apiVersion, kind }: { apiVersion: string; kind: string },
  namespace: string | undefined,
): Promise<Sighting[]> {
  const objects = await context.cluster.listObjects(
    {
      apiVersion,
      kind,
      ...(namespace !== undefined && { namespace }),
      keep: ({ metadata: { annotations = {} } = {} }) =>
        annotations[objectKeys.fault] !== undefined || annotations[objectKeys.undone] !== undefined,
    },
    context.signal,
  );
  const sightings = await Promise.all(
    objects.map((object) => {
      const controller = object.metadata?.ownerReferences?.find((owner) => owner.controller);
      if (controller !== undefined) return seeCopy(context, object, controller);
      return ownershipKeyOf(object) === undefined ? seeMarks(object) : see(object);
    }),
  );
  return sightings.filter((sighting) => sighting !== undefined);
}

/**
 * A Deployment's controller copies its annotations to its ReplicaSets, and leaves them there when the Deployment has lost them: a
 * rollback would bring them back to it. A copy of what the owner still has is none of ours; one that is left is taken off.
 */
async function seeCopy(
  context: FaultContext,
  object: KubernetesObject,
  { apiVersion, kind, name }: V1OwnerReference,
): Promise<Sighting | undefined> {
  const { reference, uid } = identityOf(object);
  const { namespace } = object.metadata ?? {};
  const owner = await context.cluster.readObject({ apiVersion, kind, name, ...(namespace !== undefined && { namespace }) }, context.signal);
  const stale = ownKeys.filter((key) => {
    const value = object.metadata?.annotations?.[key];
    return value !== undefined && value !== owner?.metadata?.annotations?.[key];
  });
  if (stale.length === 0) return undefined;
  return {
    ...ownedSighting(object),
    kind: 'copy',
    evidence: `annotations its controller has copied from ${kind} ${name}, which has them no more`,
    is: 'ended',
    undoing: {
      how: 'take them off',
      target: '*',
      involved: { ...reference, uid },
      async act(context) {
        const annotations = Object.fromEntries(stale.map((key) => [key, null]));
        const patch = { metadata: { resourceVersion: object.metadata?.resourceVersion, annotations } };
        await context.cluster.patchObject(reference, patch, {}, context.signal);
        return { ok: true, detail: `${stale.join(', ')} were taken off` };
      },
    },
  };
}

/** What a fault writes on an object that it bears. */
const ownKeys = [objectKeys.run, objectKeys.fault, objectKeys.faultType, objectKeys.expiresAt, objectKeys.restore, objectKeys.undone];

function ownershipKeyOf({ metadata }: KubernetesObject): string | undefined {
  return metadata?.annotations?.[objectKeys.fault];
}

/** Marks of faults that were undone are no faults; once nobody needs them any more they are taken off. */
function seeMarks(object: KubernetesObject): Sighting | undefined {
  const { reference, uid } = identityOf(object);
  if ([...undoneOn(object).values()].some((until) => until > Date.now())) return undefined;
  return {
    ...ownedSighting(object),
    kind: 'mark',
    evidence: 'marks of faults that were undone, none of which is needed any more',
    is: 'ended',
    undoing: {
      how: 'take them off',
      target: '*',
      involved: { ...reference, uid },
      async act(context) {
        const { resourceVersion } = object.metadata ?? {};
        const patch = { metadata: { resourceVersion, annotations: withoutExpired(object) } };
        await context.cluster.patchObject(reference, patch, {}, context.signal);
        return { ok: true, detail: 'they were taken off' };
      },
    },
  };
}

/** ms since the epoch; null: nothing is written that can be read */
export function readTime(text: string | undefined): number | null {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? null : time;
}

/** What every object with an ownership of squall's on it says of itself. */
export function ownedSighting(object: KubernetesObject): Omit<Sighting, 'is' | 'evidence' | 'undoing'> {
  const { metadata, kind } = object;
  const keys = { ...metadata?.labels, ...metadata?.annotations };
  return {
    where: [metadata?.namespace, kind, metadata?.name].filter((part) => part !== undefined).join('/'),
    run: keys[objectKeys.run] ?? null,
    fault: keys[objectKeys.fault] ?? null,
    kind: keys[objectKeys.faultType] ?? 'fault',
    deadline: readTime(keys[objectKeys.expiresAt]),
  };
}

function see(object: KubernetesObject): Sighting {
  const sighting = ownedSighting(object);
  try {
    const held = ownershipOf(object);
    const evidence = `written on it: ${JSON.stringify(held?.restore ?? {})} is to be restored`;
    const undoing = held === undefined ? null : releasing(object, held);
    if (undoing !== null) return { ...sighting, is: 'fault', evidence, undoing };
    return { ...sighting, is: 'fault', evidence: `${evidence}, and how is not known here`, undoing };
  } catch (error) {
    return { ...sighting, is: 'unread', evidence: errorMessage(error), undoing: null };
  }
}

function releasing(object: KubernetesObject, { fault, type, restore }: Ownership): Undoing | null {
  const undo = objectUndo(type, restore);
  if (undo === undefined) return null;
  const { reference, uid } = identityOf(object);
  const target = object.kind === 'Node' ? `node/${reference.name}` : `${object.kind}/${reference.name}`;
  return {
    how: 'put back what is kept in its annotations',
    target,
    involved: { ...reference, uid },
    async act(context) {
      let detail = '';
      const outcome = await release(context, { id: fault }, { ...reference, uid }, (kept, found) => {
        const undone = undo(kept, found);
        detail = undone.detail;
        return undone.patch;
      });
      if (outcome === 'gone') return { ok: true, detail: 'it is gone, and the fault with it' };
      if (outcome === 'not-held') return { ok: true, detail: 'it bears the fault no more' };
      const now = await context.cluster.readObject(reference, context.signal);
      return { ok: now === undefined || ownershipOf(now)?.fault !== fault, detail };
    },
  };
}

export function identityOf({ apiVersion = '', kind = '', metadata }: KubernetesObject): { reference: ObjectReference; uid: string } {
  const { namespace, name = '', uid = '' } = metadata ?? {};
  return { reference: { apiVersion, kind, name, ...(namespace !== undefined && { namespace }) }, uid };
}
