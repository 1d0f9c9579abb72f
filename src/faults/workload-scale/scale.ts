import { setTimeout as delay } from 'node:timers/promises';
import type { KubernetesObject } from '@kubernetes/client-node';
import { isRecord } from '../../campaign/document.ts';
import type { Parameters } from '../../contracts/campaign.ts';
import type { Injected, ReadBack, Reverted } from '../../contracts/evidence.ts';
import { type FaultInstance, type ObjectTarget, targetName } from '../../contracts/plan.ts';
import type { Restore } from '../object-borne/object-undo.ts';
import type { Change } from '../object-borne/ownership.ts';
import { claim, ObjectGoneError, ownershipOf, readOwned, referenceOf, refuseOwned, release } from '../object-borne/ownership.ts';
import { objectTargets } from '../targets.ts';
import { type FaultContext, type FaultDraft, type FaultVerbs, type Mechanism, RefusedError } from '../verbs.ts';

const kinds = ['Deployment', 'StatefulSet', 'ReplicaSet'];
const observedTimeoutMs = 5_000;

/** Verbs of a fault that gives a workload another number of replicas; `wantedOf` makes it from the number there is. */
export function scaleVerbs(wantedOf: (parameters: Parameters, current: number) => number): FaultVerbs {
  return { prepare, inject, verify, revert, confirm, putBack: unscale };

  async function prepare(context: FaultContext, draft: FaultDraft): Promise<Mechanism> {
    for (const target of objectTargets(draft)) await refuseUnscalable(context, draft, target, wantedOf);
    return { mechanism: 'api-patch', reason: 'the number of replicas, and what it was, in one patch of the object itself' };
  }

  async function inject(context: FaultContext, fault: FaultInstance): Promise<Injected> {
    const perTarget: Injected['perTarget'] = [];
    for (const target of objectTargets(fault)) {
      const at = Date.now();
      const change = (object: KubernetesObject) => scaled(wantedOf(fault.parameters, replicasOf(object)), object);
      const { object } = await claim(context, fault, referenceOf(target), change, again);
      perTarget.push({ target: targetName(target), at, detail: tell(object) });
    }
    return { injectedAt: Math.min(...perTarget.map(({ at }) => at)), perTarget };
  }

  /** In effect when the number is set and the workload's controller has taken it up. */
  async function verify(context: FaultContext, fault: FaultInstance): Promise<ReadBack> {
    const end = Date.now() + observedTimeoutMs;
    for (;;) {
      const perTarget = await Promise.all(
        objectTargets(fault).map(async (target) => {
          const object = await readIfThere(context, target);
          if (object === undefined) return { target: targetName(target), ok: false, detail: 'it is gone' };
          const held = ownershipOf(object);
          const ok = held?.fault === fault.id && replicasOf(object) === held.restore.set && isObserved(object);
          return { target: targetName(target), ok, detail: tell(object) };
        }),
      );
      const ok = perTarget.every((entry) => entry.ok);
      if (ok || Date.now() > end) return { ok, at: Date.now(), perTarget };
      await delay(200, undefined, { signal: context.signal });
    }
  }

  async function revert(context: FaultContext, fault: FaultInstance): Promise<Reverted> {
    const perTarget: Reverted['perTarget'] = [];
    const outcomes: string[] = [];
    for (const target of objectTargets(fault)) {
      const object = await readIfThere(context, target);
      if (object !== undefined && ownershipOf(object)?.fault === fault.id) {
        outcomes.push(`${readyOf(object)} of ${replicasOf(object)} replicas of ${targetName(target)} were Ready at its end`);
      }
      let detail = '';
      const outcome = await release(context, fault, referenceOf(target), (restore, found) => {
        const unscaled = unscale(restore, found);
        detail = unscaled.detail;
        return unscaled.patch;
      });
      if (outcome === 'gone') detail = 'it is gone, and what was changed with it';
      if (outcome === 'not-held') detail = 'it bears the fault no more';
      perTarget.push({ target: targetName(target), by: 'workflow', at: Date.now(), detail });
    }
    const outcome = outcomes.length === 0 ? {} : { outcome: outcomes.join('; ') };
    return { revertedAt: Date.now(), revertedBy: 'workflow', ...outcome, perTarget };
  }
}

/** Puts the number of replicas back, unless somebody else has set another one meanwhile. */
function unscale(restore: Restore, object: KubernetesObject): { patch: Record<string, unknown>; detail: string } {
  if (replicasOf(object) !== restore.set) {
    return { patch: {}, detail: `${replicasOf(object)} replicas, set by somebody else meanwhile, were left` };
  }
  return { patch: { spec: { replicas: restore.replicas } }, detail: `${restore.set} replicas were made ${restore.replicas} again` };
}

async function confirm(context: FaultContext, fault: FaultInstance): Promise<ReadBack> {
  const perTarget = await Promise.all(
    objectTargets(fault).map(async (target) => {
      const object = await readIfThere(context, target);
      if (object === undefined) return { target: targetName(target), ok: true, detail: 'it is gone, and what was changed with it' };
      return { target: targetName(target), ok: ownershipOf(object)?.fault !== fault.id, detail: tell(object) };
    }),
  );
  return { ok: perTarget.every((entry) => entry.ok), at: Date.now(), perTarget };
}

function scaled(set: number, object: KubernetesObject): Change {
  return { patch: { spec: { replicas: set } }, restore: { replicas: replicasOf(object), set } };
}

/** Somebody has set another number: that is what there has to be afterwards. */
function again(object: KubernetesObject, { set }: Restore): Change | undefined {
  return replicasOf(object) === set ? undefined : scaled(Number(set), object);
}

async function refuseUnscalable(
  context: FaultContext,
  draft: FaultDraft,
  target: ObjectTarget,
  wantedOf: (parameters: Parameters, current: number) => number,
): Promise<void> {
  const name = targetName(target);
  if (!kinds.includes(target.objectKind)) throw new RefusedError(`${name} has no number of replicas: expected a ${kinds.join(', a ')}`);
  const object = await readIfThere(context, target);
  if (object === undefined) throw new RefusedError(`${name} is not there any more`);
  refuseOwned(object, draft);
  const owner = object.metadata?.ownerReferences?.find(({ controller }) => controller);
  if (owner !== undefined) throw new RefusedError(`${name} belongs to ${owner.kind} ${owner.name}, which would set its replicas back`);
  const current = replicasOf(object);
  if (ownershipOf(object) === undefined && wantedOf(draft.parameters, current) === current) {
    throw new RefusedError(`${name} has ${current} replicas already: nothing would change`);
  }
  const query = { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', namespace: target.namespace };
  const autoscalers = await context.cluster.listObjects(query, context.signal);
  const scaler = autoscalers.find((candidate) => {
    const reference = isRecord(specOf(candidate).scaleTargetRef) ? specOf(candidate).scaleTargetRef : undefined;
    return isRecord(reference) && reference.kind === target.objectKind && reference.name === target.name;
  });
  if (scaler !== undefined) {
    throw new RefusedError(
      `HorizontalPodAutoscaler ${scaler.metadata?.name} sets the replicas of ${name} and would undo this: its bounds decide`,
    );
  }
}

async function readIfThere(context: FaultContext, target: ObjectTarget): Promise<KubernetesObject | undefined> {
  try {
    return await readOwned(context, referenceOf(target));
  } catch (error) {
    if (error instanceof ObjectGoneError) return undefined;
    throw error;
  }
}

function tell(object: KubernetesObject): string {
  const { restore } = ownershipOf(object) ?? {};
  const was = restore === undefined ? '' : ` (${restore.replicas} before)`;
  const taken = isObserved(object) ? '' : ', which its controller has not taken up yet';
  return `${replicasOf(object)} replicas wanted${was}, ${readyOf(object)} Ready${taken}`;
}

function replicasOf(object: KubernetesObject): number {
  const { replicas = 1 } = specOf(object);
  return Number(replicas);
}

function readyOf(object: KubernetesObject): number {
  const { readyReplicas = 0 } = statusOf(object);
  return Number(readyReplicas);
}

function isObserved(object: KubernetesObject): boolean {
  return Number(statusOf(object).observedGeneration ?? 0) >= (object.metadata?.generation ?? 0);
}

function specOf(object: KubernetesObject): Record<string, unknown> {
  return 'spec' in object && isRecord(object.spec) ? object.spec : {};
}

function statusOf(object: KubernetesObject): Record<string, unknown> {
  return 'status' in object && isRecord(object.status) ? object.status : {};
}
