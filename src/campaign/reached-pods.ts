import type { Campaign } from '../contracts/campaign.ts';
import type { Inventory, InventoryPod, PlannedExperiment } from '../contracts/plan.ts';
import { findFault } from '../faults/declarations.ts';

/** The workload's pods that an experiment reaches, whatever it acts on. */
export function reachedPods({ targets }: PlannedExperiment, { pods }: Inventory): InventoryPod[] {
  const named = new Set(targets.flatMap((target) => (target.kind === 'pod' ? [target.pod] : [])));
  const nodes = new Set(targets.flatMap((target) => (target.kind === 'node' ? [target.node] : [])));
  const all = targets.some((target) => target.kind === 'object' && isWorkload(target.objectKind));
  return pods.filter(({ name, node }) => all || named.has(name) || nodes.has(node));
}

const workloadKinds = ['StatefulSet', 'Deployment', 'DaemonSet', 'ReplicaSet'];

function isWorkload(objectKind: string): boolean {
  return workloadKinds.includes(objectKind);
}

/** Pods that are gone, or serve nobody, while a step lasts. */
export interface Away {
  /** these, whatever happens */
  pods: InventoryPod[];
  /** and so many more, which ones Kubernetes chooses */
  more: number;
}

/** What one experiment takes away. */
export function podsAway(planned: PlannedExperiment, inventory: Inventory): Away {
  const { fault: name, parameters, durationMs } = planned.spec;
  const fault = findFault(name)?.fault;
  const reached = reachedPods(planned, inventory);
  const away = fault?.podsAway?.(parameters, durationMs, reached.length);
  if (away === undefined) return { pods: (fault?.targetsAwayForMs?.(parameters, durationMs) ?? 0) > 0 ? reached : [], more: 0 };
  return away >= reached.length ? { pods: reached, more: 0 } : { pods: [], more: Math.max(0, away) };
}

/** True: an experiment with this fault may take pods away. */
export function takesPodsAway({ fault: name, parameters, durationMs }: PlannedExperiment['spec']): boolean {
  const fault = findFault(name)?.fault;
  // Asked of many, since how many it leaves is not known before the plan.
  return (fault?.podsAway?.(parameters, durationMs, 10_000) ?? fault?.targetsAwayForMs?.(parameters, durationMs) ?? 0) > 0;
}

/** Those of several experiments at once. */
export function together(all: readonly Away[]): Away {
  const pods = new Map(all.flatMap((away) => away.pods.map((pod) => [pod.name, pod])));
  return { pods: [...pods.values()], more: all.reduce((sum, { more }) => sum + more, 0) };
}

/** The experiments of each step, in their order: those of one step run side by side. */
export function experimentsByStep(campaign: Campaign, experiments: readonly PlannedExperiment[]): PlannedExperiment[][] {
  const byName = new Map(experiments.map((planned) => [planned.spec.name, planned]));
  return campaign.steps.flatMap((step) => {
    if (step.kind !== 'experiment' && step.kind !== 'parallel') return [];
    const specs = step.kind === 'parallel' ? step.experiments : [step.experiment];
    return [specs.flatMap(({ name }) => byName.get(name) ?? [])];
  });
}
