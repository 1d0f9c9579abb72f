import type { FaultInstance, NodeTarget, ObjectTarget, PodTarget, Target } from '../contracts/plan.ts';

type Targeted = Pick<FaultInstance, 'id' | 'targets'>;

/** The targets of a fault of pods. Throws when one is something else: the plan and the fault's declaration disagree. */
export function podTargets(fault: Targeted): PodTarget[] {
  return only(fault, 'pod');
}

/** The targets of a fault of nodes. Throws as `podTargets`. */
export function nodeTargets(fault: Targeted): NodeTarget[] {
  return only(fault, 'node');
}

/** The targets of a fault of objects, or of a workload. Throws as `podTargets`. */
export function objectTargets(fault: Targeted): ObjectTarget[] {
  return only(fault, 'object');
}

function only<Kind extends Target['kind']>(fault: Targeted, kind: Kind): Extract<Target, { kind: Kind }>[] {
  return fault.targets.map((target) => {
    if (target.kind !== kind) throw new Error(`fault ${fault.id}: found a target of kind ${target.kind}, expected ${kind}`);
    return target as Extract<Target, { kind: Kind }>;
  });
}
