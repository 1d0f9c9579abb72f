import type { FaultInstance } from '../../contracts/plan.ts';
import { timeToLive } from '../carrier/carried-fault.ts';
import { networkVerbs } from '../network/network-verbs.ts';
import { readParameter } from '../read-parameter.ts';
import { podTargets } from '../targets.ts';
import { type FaultContext, type FaultDraft, type FaultVerbs, type Mechanism, RefusedError } from '../verbs.ts';
import { createPolicy, deletePolicy, readPolicy, tryPolicy } from './network-policy.ts';

const policy = 'network-policy';
const inPod = networkVerbs(() => ({ lossPercent: 100 }));

/** Cuts pods off: by a NetworkPolicy where one is enforced and can say it, else by the agent in the pod. */
export const podNetworkPartition: FaultVerbs = {
  prepare,

  async inject(context, fault) {
    if (fault.mechanism !== policy) return inPod.inject(context, fault);
    timeToLive(fault);
    const detail = await createPolicy(context, fault);
    const at = Date.now();
    return { injectedAt: at, perTarget: podTargets(fault).map(({ pod }) => ({ target: pod, at, detail })) };
  },

  async verify(context, fault) {
    return fault.mechanism === policy ? readBack(context, fault, true) : inPod.verify(context, fault);
  },

  async revert(context, fault) {
    if (fault.mechanism !== policy) return inPod.revert(context, fault);
    await deletePolicy(context, fault);
    const at = Date.now();
    const detail = 'the NetworkPolicy is deleted';
    return {
      revertedAt: at,
      revertedBy: 'workflow',
      perTarget: podTargets(fault).map(({ pod }) => ({
        target: pod,
        by: 'workflow' as const,
        at,
        detail,
      })),
    };
  },

  async confirm(context, fault) {
    return fault.mechanism === policy ? readBack(context, fault, false) : inPod.confirm(context, fault);
  },
};

async function prepare(context: FaultContext, draft: FaultDraft): Promise<Mechanism> {
  const wanted = readParameter(draft.parameters, 'mechanism', 'string');
  if (wanted === 'in-pod') return inPod.prepare(context, draft);
  const tried = await tryPolicy(context, draft);
  if ('by' in tried) return { mechanism: policy, reason: `${tried.by} enforces it` };
  if (wanted === policy) throw new RefusedError(`a NetworkPolicy cannot cut the targets off: ${tried.obstacle}`);
  try {
    const chosen = await inPod.prepare(context, draft);
    return { ...chosen, reason: `network-policy: ${tried.obstacle}. In the pod: ${chosen.reason}` };
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    throw new RefusedError(`${error.message}. network-policy: ${tried.obstacle}`, { cause: error });
  }
}

async function readBack(context: FaultContext, fault: FaultInstance, expected: boolean) {
  const { there, detail } = await readPolicy(context, fault);
  const ok = there === expected;
  return { ok, at: Date.now(), perTarget: podTargets(fault).map(({ pod }) => ({ target: pod, ok, detail })) };
}
