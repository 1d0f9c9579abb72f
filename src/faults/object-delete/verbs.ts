import type { KubernetesObject } from '@kubernetes/client-node';
import type { Injected, ReadBack, Reverted } from '../../contracts/evidence.ts';
import { type FaultInstance, type ObjectTarget, targetName } from '../../contracts/plan.ts';
import { ClusterError } from '../../kubernetes/cluster.ts';
import { timeToLive } from '../carrier/carried-fault.ts';
import { refuseFromNowOn, refuseOwned, refuseUndone } from '../object-borne/ownership.ts';
import { objectTargets } from '../targets.ts';
import { type FaultContext, type FaultDraft, type FaultVerbs, type Mechanism, RefusedError } from '../verbs.ts';
import { contentOf, differences } from './content.ts';
import { dropKept, type Kept, keep, maxContentBytes, readKept } from './keeper.ts';
import { whyNotRestorable } from './kinds.ts';

const attempts = 20;

/** Deletes objects, and creates them anew from what was kept of them. */
export const objectDelete: FaultVerbs = { prepare, inject, verify, revert, confirm };

async function prepare(context: FaultContext, draft: FaultDraft): Promise<Mechanism> {
  const targets = await Promise.all(
    objectTargets(draft).map(async (target) => {
      const object = await read(context, target);
      if (object === undefined) throw new RefusedError(`${targetName(target)} does not exist in namespace ${target.namespace}`);
      refuseIrreversible(draft, target, object);
      return { ...target, uid: object.metadata?.uid ?? null };
    }),
  );
  return { mechanism: 'api-delete', reason: 'a delete through the API server, after what is deleted was kept there', targets };
}

function refuseIrreversible(draft: FaultDraft, target: ObjectTarget, object: KubernetesObject): void {
  const name = targetName(target);
  const instead = whyNotRestorable(target.objectKind);
  if (instead !== undefined) throw new RefusedError(`${name}: expected ${instead}`);
  refuseOwned(object, draft);
  const { deletionTimestamp, finalizers = [], ownerReferences = [] } = object.metadata ?? {};
  if (deletionTimestamp !== undefined) throw new RefusedError(`${name} is being deleted by somebody else`);
  if (finalizers.length > 0) {
    throw new RefusedError(`${name} has finalizers (${finalizers.join(', ')}): its deletion does more than creating it anew undoes`);
  }
  const owner = ownerReferences.find(({ controller }) => controller);
  if (owner !== undefined) throw new RefusedError(`${name} belongs to ${owner.kind} ${owner.name}, which would bring it back at once`);
  const bytes = Buffer.byteLength(JSON.stringify(contentOf(object)));
  if (bytes > maxContentBytes)
    throw new RefusedError(`${name} has ${bytes} bytes, expected at most ${maxContentBytes}: it could not be kept`);
}

async function inject(context: FaultContext, fault: FaultInstance): Promise<Injected> {
  const perTarget: Injected['perTarget'] = [];
  for (const [index, target] of objectTargets(fault).entries()) {
    const at = Date.now();
    perTarget.push({ target: targetName(target), at, detail: await keepAndDelete(context, fault, target, index) });
  }
  return { injectedAt: Math.min(...perTarget.map(({ at }) => at)), perTarget };
}

/** Deletes just the version that was kept: what somebody changes in between, or an undo that was faster, has it begin anew. */
async function keepAndDelete(context: FaultContext, fault: FaultInstance, target: ObjectTarget, index: number): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const object = await read(context, target);
    if (object === undefined) return 'deleted already';
    const { uid = '', resourceVersion = '' } = object.metadata ?? {};
    if (uid !== target.uid) throw new Error(`somebody has created ${targetName(target)} anew: theirs is left`);
    try {
      refuseUndone(object, fault);
    } catch (error) {
      // Nothing is deleted any more, so nothing needs to be kept.
      await dropKept(context, fault, target, index);
      throw error;
    }
    timeToLive(fault);
    await keep(context, fault, target, index, object);
    try {
      await context.cluster.deleteObject({ ...referenceTo(target), uid, resourceVersion }, undefined, context.signal);
      return 'kept, and deleted';
    } catch (error) {
      if (!(error instanceof ClusterError) || error.status !== 409 || attempt === attempts) throw error;
    }
  }
}

async function verify(context: FaultContext, fault: FaultInstance): Promise<ReadBack> {
  const perTarget = await Promise.all(
    objectTargets(fault).map(async (target, index) => {
      const [object, kept] = await Promise.all([read(context, target), readKept(context, fault, target, index)]);
      const there = object?.metadata?.uid === target.uid ? 'it is there, not deleted' : 'somebody has created it anew';
      const gone = kept === undefined ? 'it is gone, and nothing is kept of it' : 'it is gone, and kept';
      return { target: targetName(target), ok: object === undefined && kept !== undefined, detail: object === undefined ? gone : there };
    }),
  );
  return { ok: perTarget.every((entry) => entry.ok), at: Date.now(), perTarget };
}

async function revert(context: FaultContext, fault: FaultInstance): Promise<Reverted> {
  const perTarget: Reverted['perTarget'] = [];
  for (const [index, target] of objectTargets(fault).entries()) {
    // A delete that is on its way still must not come after what was kept is let go of.
    const object = (await refuseFromNowOn(context, fault, { ...referenceTo(target), uid: target.uid })) ?? (await read(context, target));
    const kept = await readKept(context, fault, target, index);
    let detail: string;
    if (kept === undefined) detail = 'nothing is kept of it: it was not deleted, or is restored';
    else if (object !== undefined) detail = whatIsThere(kept, object);
    else {
      // Whoever creates it in this very moment has the name: the next attempt finds theirs.
      await context.cluster.createObject(kept.content, {}, context.signal);
      detail = 'created anew from what was kept';
    }
    perTarget.push({ target: targetName(target), by: 'workflow', at: Date.now(), detail });
  }
  return { revertedAt: Date.now(), revertedBy: 'workflow', perTarget };
}

/** Compares what is there with what was kept, and lets go of that when all is well. */
async function confirm(context: FaultContext, fault: FaultInstance): Promise<ReadBack> {
  const perTarget = await Promise.all(
    objectTargets(fault).map(async (target, index) => {
      const kept = await readKept(context, fault, target, index);
      if (kept === undefined) return { target: targetName(target), ok: true, detail: 'nothing of it is kept any more' };
      const object = await read(context, target);
      if (object === undefined) return { target: targetName(target), ok: false, detail: 'it does not exist' };
      await dropKept(context, fault, target, index);
      return { target: targetName(target), ok: true, detail: whatIsThere(kept, object) };
    }),
  );
  return { ok: perTarget.every((entry) => entry.ok), at: Date.now(), perTarget };
}

/** How an object that is there compares with what was kept. */
export function whatIsThere({ uid, content }: Pick<Kept, 'uid' | 'content'>, object: KubernetesObject): string {
  if (object.metadata?.uid === uid) return 'it was never deleted';
  const differing = differences(content, contentOf(object));
  if (differing.length === 0) return 'it is there again, the same in all that was kept';
  return `somebody has created it anew, other than it was in ${differing.slice(0, 5).join(', ')}: theirs is left`;
}

function read(context: FaultContext, target: ObjectTarget): Promise<KubernetesObject | undefined> {
  return context.cluster.readObject(referenceTo(target), context.signal);
}

function referenceTo({ apiVersion, objectKind, namespace, name }: ObjectTarget) {
  return { apiVersion, kind: objectKind, namespace, name };
}
