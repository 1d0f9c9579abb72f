import { setTimeout as delay } from 'node:timers/promises';
import { formatDuration } from '../../campaign/units.ts';
import type { Injected, ReadBack, Reverted } from '../../contracts/evidence.ts';
import type { FaultInstance, PodTarget } from '../../contracts/plan.ts';
import { injectAll } from '../carrier/carried-fault.ts';
import { podTargets } from '../targets.ts';
import { type FaultContext, type FaultDraft, type FaultVerbs, type Mechanism, RefusedError } from '../verbs.ts';
import { inKillOrder, longestRoundMs } from './kill-order.ts';

/** Deletes pods through the API server; their controllers bring others. There is nothing to undo. */
export const podDelete: FaultVerbs = { prepare, inject, verify, revert, confirm };

async function prepare(context: FaultContext, draft: FaultDraft): Promise<Mechanism> {
  const roundMs = (draft.targets.length - 1) * intervalMs(draft);
  if (roundMs > longestRoundMs) {
    const expected = `at most ${formatDuration(longestRoundMs)}: a shorter interval, fewer pods, or repeatEvery on the experiment`;
    throw new RefusedError(`${draft.targets.length} deletions would take ${formatDuration(roundMs)}, expected ${expected}`);
  }
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

async function inject(context: FaultContext, fault: FaultInstance): Promise<Injected> {
  const { order } = fault.parameters;
  const pauseMs = intervalMs(fault);
  if (order === undefined && pauseMs === 0) return injectAll(fault, (target) => deleteOnce(context, fault, target));
  const perTarget: Injected['perTarget'] = [];
  let last = 0;
  for (const target of inKillOrder(podTargets(fault), order ?? 'random', fault.id)) {
    // Counted from the deletion before, were it one of an earlier attempt.
    const waitMs = last + pauseMs - Date.now();
    if (waitMs > 0) await delay(waitMs, undefined, { signal: context.signal });
    const deleted = await deleteOnce(context, fault, target);
    last = deleted.at;
    perTarget.push({ target: target.pod, ...deleted });
  }
  return { injectedAt: Math.min(...perTarget.map(({ at }) => at)), perTarget };
}

async function deleteOnce(context: FaultContext, fault: FaultInstance, target: PodTarget): Promise<{ at: number; detail: string }> {
  const grace = gracePeriod(fault);
  const at = Date.now();
  const identity = { namespace: target.namespace, name: target.pod, uid: target.uid };
  const pod = await context.cluster.readPod(target.namespace, target.pod, context.signal);
  if (pod?.metadata?.uid !== target.uid) return { at, detail: 'already gone' };
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = pod.metadata;
  if (deletionTimestamp !== undefined) {
    // The time of a deletion in the API is that of its end.
    return { at: new Date(deletionTimestamp).getTime() - deletionGracePeriodSeconds * 1_000, detail: 'deleted already' };
  }
  const outcome = await context.cluster.deletePod(identity, grace, context.signal);
  const period = grace === undefined ? "the pod's own grace period" : `a grace period of ${grace} s`;
  return { at, detail: outcome === 'deleted' ? `deleted with ${period}` : 'already gone' };
}

function intervalMs({ parameters }: Pick<FaultInstance, 'parameters'>): number {
  return typeof parameters.intervalMs === 'number' ? parameters.intervalMs : 0;
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
