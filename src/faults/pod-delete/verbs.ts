import type { ReadBack, Reverted } from '../../contracts/evidence.ts';
import type { FaultInstance, PodTarget } from '../../contracts/plan.ts';
import { injectAll } from '../carrier/carried-fault.ts';
import { podTargets } from '../targets.ts';
import { type FaultContext, type FaultDraft, type FaultVerbs, type Mechanism, RefusedError } from '../verbs.ts';

/** Deletes pods through the API server; their controllers bring others. There is nothing to undo. */
export const podDelete: FaultVerbs = { prepare, inject, verify, revert, confirm };

async function prepare(context: FaultContext, draft: FaultDraft): Promise<Mechanism> {
  for (const target of podTargets(draft)) {
    const pod = await context.cluster.readPod(target.namespace, target.pod, context.signal);
    const owner = pod?.metadata?.ownerReferences?.find((reference) => reference.controller);
    if (owner === undefined) throw new RefusedError(`pod ${target.pod} has no controller: nothing would bring it back`);
  }
  return { mechanism: 'api-delete', reason: 'a delete through the API server, bound to the uid' };
}

/** The grace period asked for: 0 when forced; undefined: the pod's own. */
function gracePeriod(fault: FaultInstance): number | undefined {
  if (fault.parameters.force === true) return 0;
  const seconds = fault.parameters.gracePeriodSeconds;
  return typeof seconds === 'number' ? seconds : undefined;
}

function inject(context: FaultContext, fault: FaultInstance) {
  const grace = gracePeriod(fault);
  return injectAll(fault, async (target) => {
    const at = Date.now();
    const identity = { namespace: target.namespace, name: target.pod, uid: target.uid };
    const outcome = await context.cluster.deletePod(identity, grace, context.signal);
    const period = grace === undefined ? "the pod's own grace period" : `a grace period of ${grace} s`;
    return { at, detail: outcome === 'deleted' ? `deleted with ${period}` : 'already gone' };
  });
}

function verify(context: FaultContext, fault: FaultInstance): Promise<ReadBack> {
  return readBack(context, fault, (state) => state !== 'untouched');
}

async function revert(_context: FaultContext, fault: FaultInstance): Promise<Reverted> {
  const at = Date.now();
  const perTarget = podTargets(fault).map((target) => ({
    target: target.pod,
    by: 'workflow' as const,
    at,
    detail: 'nothing to undo: its controller brings another',
  }));
  return { revertedAt: at, revertedBy: 'workflow', perTarget };
}

/** Gone is a pod whose uid no longer exists; one that still terminates is not. */
function confirm(context: FaultContext, fault: FaultInstance): Promise<ReadBack> {
  return readBack(context, fault, (state) => state !== 'terminating');
}

async function readBack(context: FaultContext, fault: FaultInstance, isOk: (state: Deletion) => boolean): Promise<ReadBack> {
  const perTarget = await Promise.all(
    podTargets(fault).map(async (target) => {
      const state = await deletion(context, target);
      return { target: target.pod, ok: isOk(state), detail: sentence(target, state) };
    }),
  );
  return { ok: perTarget.every((entry) => entry.ok), at: Date.now(), perTarget };
}

type Deletion = 'untouched' | 'terminating' | 'gone';

async function deletion(context: FaultContext, target: PodTarget): Promise<Deletion> {
  const pod = await context.cluster.readPod(target.namespace, target.pod, context.signal);
  if (pod?.metadata?.uid !== target.uid) return 'gone';
  return pod.metadata.deletionTimestamp === undefined ? 'untouched' : 'terminating';
}

function sentence(target: PodTarget, state: Deletion): string {
  const identity = `the pod with uid ${target.uid}`;
  if (state === 'gone') return `${identity} is gone`;
  return state === 'terminating' ? `${identity} is terminating` : `${identity} is there, not deleted`;
}
