import type { V1Node } from '@kubernetes/client-node';
import type { Injected, ReadBack, Reverted } from '../../contracts/evidence.ts';
import { type FaultInstance, type NodeTarget, targetName } from '../../contracts/plan.ts';
import { injectTargets } from '../inject-targets.ts';
import type { ObjectUndo } from '../object-borne/object-undo.ts';
import { type Change, claim, ObjectGoneError, ownershipOf, readOwned, refuseOwned, release } from '../object-borne/ownership.ts';
import { nodeTargets } from '../targets.ts';
import type { FaultContext, FaultDraft, FaultVerbs } from '../verbs.ts';
import { nodeReference, readNodes } from './nodes.ts';

/** A fault that is a change of Node objects, and of nothing else. */
export interface NodeChange {
  mechanism: string;
  reason: string;
  /** Beyond what holds for every node: throws RefusedError. */
  check(context: FaultContext, fault: FaultDraft, nodes: V1Node[]): Promise<void> | void;
  change(fault: FaultInstance, node: V1Node): Change;
  /** puts back what was, and leaves alone what others have changed since */
  undo: ObjectUndo;
  /** what the node shows of the fault, in a sentence */
  isThere(fault: FaultInstance, node: V1Node): { there: boolean; detail: string };
}

/** The five verbs of such a fault. Whose it is, until when, and what puts the node back are written on the node itself. */
export function nodeObjectVerbs(fault: NodeChange): FaultVerbs {
  return {
    async prepare(context, draft) {
      const nodes = await readNodes(context, draft);
      for (const node of nodes) refuseOwned(node, draft);
      await fault.check(context, draft, nodes);
      return { mechanism: fault.mechanism, reason: fault.reason };
    },
    inject: (context, instance) => inject(context, instance, fault),
    verify: (context, instance) => readBack(context, instance, fault, true),
    revert: (context, instance) => revert(context, instance, fault),
    confirm: (context, instance) => readBack(context, instance, fault, false),
    putBack: fault.undo,
  };
}

function inject(context: FaultContext, instance: FaultInstance, fault: NodeChange): Promise<Injected> {
  return injectTargets(instance, nodeTargets(instance), async (target) => {
    const { object, changed } = await claim(context, instance, nodeReference(target), (node) => fault.change(instance, node));
    const { detail } = fault.isThere(instance, object);
    return { at: Date.now(), detail: changed ? detail : `${detail}, as before` };
  });
}

async function readBack(context: FaultContext, instance: FaultInstance, fault: NodeChange, wanted: boolean): Promise<ReadBack> {
  const perTarget = await Promise.all(
    nodeTargets(instance).map(async (target) => ({
      target: targetName(target),
      ...(await look(context, instance, fault, target, wanted)),
    })),
  );
  return { ok: perTarget.every(({ ok }) => ok), at: Date.now(), perTarget };
}

async function look(
  context: FaultContext,
  instance: FaultInstance,
  fault: NodeChange,
  target: NodeTarget,
  wanted: boolean,
): Promise<{ ok: boolean; detail: string }> {
  try {
    const node = await readOwned(context, nodeReference(target));
    const owned = ownershipOf(node)?.fault === instance.id;
    const { there, detail } = fault.isThere(instance, node);
    return { ok: wanted ? owned && there : !owned, detail: owned ? detail : `no mark of fault ${instance.id} is on it; ${detail}` };
  } catch (error) {
    if (!(error instanceof ObjectGoneError)) throw error;
    return { ok: !wanted, detail: error.message };
  }
}

async function revert(context: FaultContext, instance: FaultInstance, fault: NodeChange): Promise<Reverted> {
  const perTarget = await Promise.all(
    nodeTargets(instance).map(async (target) => {
      const outcome = await release(context, instance, nodeReference(target), (restore, node) => fault.undo(restore, node).patch);
      const details = { released: 'put back as it was', 'not-held': 'bears nothing of this fault', gone: 'is gone, and the fault with it' };
      return { target: targetName(target), by: 'workflow' as const, at: Date.now(), detail: details[outcome] };
    }),
  );
  return { revertedAt: Math.max(...perTarget.map(({ at }) => at)), revertedBy: 'workflow', perTarget };
}
