import type { ReadBack, Reverted } from '../../contracts/evidence.ts';
import { type FaultInstance, type Target, targetName } from '../../contracts/plan.ts';
import { errorMessage } from '../../error-message.ts';
import { verbsOf } from '../all-verbs.ts';
import { nodeReference } from '../node/nodes.ts';
import { referenceOf } from '../object-borne/ownership.ts';
import type { FaultContext } from '../verbs.ts';
import { endNodeCarriers, endPod } from './end-pod.ts';
import { forceRelease } from './force-release.ts';

/** A look at a target that does not answer must not hold up what is to be forced. */
const lookTimeoutMs = 10_000;
/** Faults of pods that nothing in the pods bears: an object beside them does, or nothing. */
const besidePods = new Set(['network-policy', 'api-delete', 'sentinel-failover', 'client-kill']);

/**
 * Ends what bears a fault, so that the fault goes with it, where reverting does not succeed and a person says so: pods and carriers
 * are deleted, bound to their uids; objects are put back from what is written on them. A target that is proven free is left alone.
 *
 * @throws ClusterError, Error when a target's bearer could not be ended
 */
export async function forceUndo(context: FaultContext, fault: FaultInstance): Promise<Reverted> {
  const perTarget = await Promise.all(
    fault.targets.map(async (target) => ({
      target: targetName(target),
      by: 'workflow' as const,
      detail: await forceTarget(context, { ...fault, targets: [target] }, target),
      at: Date.now(),
    })),
  );
  return { revertedAt: Math.max(...perTarget.map(({ at }) => at)), revertedBy: 'workflow', perTarget };
}

async function forceTarget(context: FaultContext, fault: FaultInstance, target: Target): Promise<string> {
  const seen = await look(context, fault);
  if (seen.ok) return `left alone: ${seen.detail}`;
  if (target.kind === 'pod' && !besidePods.has(fault.mechanism)) return `forced, since ${seen.detail}: ${await endPod(context, target)}`;
  if (target.kind === 'node') {
    const carriers = await endNodeCarriers(context, fault, target);
    const mark = await forceRelease(context, fault, nodeReference(target));
    return `forced, since ${seen.detail}: ${carriers}; ${mark}`;
  }
  const mark = target.kind === 'object' ? `${await forceRelease(context, fault, referenceOf(target))}; ` : '';
  const { perTarget } = await verbsOf(fault.fault).revert(context, fault);
  return `forced, since ${seen.detail}: ${mark}${perTarget.map(({ detail }) => detail).join('; ')}`;
}

async function look(context: FaultContext, fault: FaultInstance): Promise<{ ok: boolean; detail: string }> {
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(lookTimeoutMs)]);
  try {
    return told(await verbsOf(fault.fault).confirm({ ...context, signal }, fault));
  } catch (error) {
    context.signal.throwIfAborted();
    return { ok: false, detail: `it could not be read back (${signal.aborted ? 'no answer in time' : errorMessage(error)})` };
  }
}

function told({ ok, perTarget }: ReadBack): { ok: boolean; detail: string } {
  return { ok, detail: perTarget.map(({ detail }) => detail).join('; ') };
}
