import type { KubernetesObject } from '@kubernetes/client-node';
import { objectKeys } from '../contracts/object-keys.ts';
import { targetName } from '../contracts/plan.ts';
import { errorMessage } from '../error-message.ts';
import { verbsOf } from '../faults/all-verbs.ts';
import { refuseFromNowOn } from '../faults/object-borne/ownership.ts';
import { isKeeper, keptIn } from '../faults/object-delete/keeper.ts';
import { whatIsThere } from '../faults/object-delete/verbs.ts';
import { dropRecord, isRecordOfFault, readRecord } from '../faults/record/fault-record.ts';
import type { FaultContext } from '../faults/verbs.ts';
import { identityOf, ownedSighting } from './borne-objects.ts';
import type { Sighting, Undoing } from './sighting.ts';

/** Objects squall itself has made, found by their label: NetworkPolicies, what is kept of deleted objects, records of faults. */
export async function seeOwnObjects(
  context: FaultContext,
  { apiVersion, kind }: { apiVersion: string; kind: string },
  namespace: string | undefined,
): Promise<Sighting[]> {
  const query = { apiVersion, kind, labelSelector: objectKeys.fault, ...(namespace !== undefined && { namespace }) };
  return (await context.cluster.listObjects(query, context.signal)).map(see);
}

function see(object: KubernetesObject): Sighting {
  const sighting = ownedSighting(object);
  try {
    const { evidence, undoing } = known(object);
    return { ...sighting, is: 'fault', evidence, undoing };
  } catch (error) {
    return { ...sighting, is: 'unread', evidence: errorMessage(error), undoing: null };
  }
}

function known(object: KubernetesObject): { evidence: string; undoing: Undoing | null } {
  if (object.kind === 'NetworkPolicy') return { evidence: 'it allows nothing to the pods it selects', undoing: deleting(object) };
  if (isKeeper(object)) return restoring(object);
  if (isRecordOfFault(object)) return reverting(object);
  return { evidence: "it bears a fault's label, and is nothing squall makes", undoing: null };
}

function deleting(object: KubernetesObject): Undoing {
  const { reference, uid } = identityOf(object);
  return {
    how: 'delete it',
    target: '*',
    involved: { ...reference, uid },
    async act(context) {
      await context.cluster.deleteObject({ ...reference, uid }, undefined, context.signal);
      const now = await context.cluster.readObject(reference, context.signal);
      return now?.metadata?.uid === uid ? { ok: false, detail: 'it is there still' } : { ok: true, detail: 'it is deleted' };
    },
  };
}

/** Creates the object anew, unless somebody has, and lets go of what was kept once it is there. */
function restoring(keeper: KubernetesObject): { evidence: string; undoing: Undoing } {
  const { reference, uid } = identityOf(keeper);
  const kept = keptIn(keeper);
  const name = `${kept.reference.kind}/${kept.reference.name}`;
  const { fault: id, deadline } = ownedSighting(keeper);
  const fault = { id: id ?? '', ...(deadline !== null && { deadline }) };
  return {
    evidence: `it holds the deleted ${name}`,
    undoing: {
      how: `create ${name} anew, and delete this`,
      target: name,
      involved: { ...reference, uid },
      async act(context) {
        // A delete that is on its way still must not come after what was kept is let go of.
        const before = await refuseFromNowOn(context, fault, { ...kept.reference, uid: kept.uid });
        const there = before ?? (await context.cluster.readObject(kept.reference, context.signal));
        if (there === undefined) await context.cluster.createObject(kept.content, {}, context.signal);
        const object = await context.cluster.readObject(kept.reference, context.signal);
        if (object === undefined) return { ok: false, detail: `${name} does not exist` };
        await context.cluster.deleteObject({ ...reference, uid }, undefined, context.signal);
        return { ok: true, detail: `${name}: ${whatIsThere(kept, object)}` };
      },
    },
  };
}

/** By the fault's own verbs: the record has all they are given. */
function reverting(record: KubernetesObject): { evidence: string; undoing: Undoing } {
  const { reference, uid } = identityOf(record);
  const fault = readRecord(record);
  const targets = fault.targets.map(targetName).join(', ');
  return {
    evidence: `a record of ${fault.fault} on ${targets}`,
    undoing: {
      how: `as the fault itself is undone, on ${targets}`,
      target: '*',
      involved: { ...reference, uid },
      last: true,
      async act(context) {
        const { sweep, revert, confirm } = verbsOf(fault.fault);
        const { perTarget } = await (sweep ?? revert)(context, fault);
        const { ok, perTarget: found } = await confirm(context, fault);
        // `confirm` lets go of the record; of a fault whose verbs know of none it is let go here.
        if (ok) await dropRecord(context, fault);
        return { ok, detail: (ok ? perTarget : found).map(({ target, detail }) => `${target}: ${detail}`).join('; ') };
      },
    },
  };
}
