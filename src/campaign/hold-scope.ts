import type { HeldBudget, HoldPeak, HoldScope } from '../contracts/arbiter.ts';
import type { DisruptionBudget, Inventory, InventoryPod, Plan, PlannedExperiment } from '../contracts/plan.ts';
import { type Away, experimentsByStep, podsAway, reachedPods, together } from './reached-pods.ts';

/** What a run of the plan acts on, for its cluster's arbiter. */
export function holdScope({ campaign, inventory, experiments }: Pick<Plan, 'campaign' | 'inventory' | 'experiments'>): HoldScope {
  const { namespace, workload, pods, disruptionBudgets = [] } = inventory;
  const targets = experiments.flatMap((planned) => planned.targets);
  const steps = experimentsByStep(campaign, experiments);
  return {
    namespace,
    workload: workload === null ? null : `${namespace}/${workload.kind}/${workload.name}`,
    pods: unique([
      ...pods.map(({ name }) => `${namespace}/${name}`),
      ...targets.flatMap((target) => (target.kind === 'pod' ? [`${target.namespace}/${target.pod}`] : [])),
    ]),
    podNodes: unique(pods.map(({ node }) => node)),
    nodes: unique(targets.flatMap((target) => (target.kind === 'node' ? [target.node] : []))),
    objects: unique(
      targets.flatMap((target) => (target.kind === 'object' ? [`${target.namespace}/${target.objectKind}/${target.name}`] : [])),
    ),
    peak: peakOf(steps, inventory),
    budgets: heldBudgets(steps, inventory, disruptionBudgets),
  };
}

function peakOf(steps: readonly PlannedExperiment[][], inventory: Inventory): HoldPeak {
  const hit = steps.map((step) => uniquePods(step.flatMap((planned) => reachedPods(planned, inventory))));
  const zones = unique(hit.flatMap((pods) => pods.flatMap(({ zone }) => zone ?? [])));
  const most = (count: (pods: InventoryPod[]) => number) => Math.max(0, ...hit.map(count));
  return {
    pods: most((pods) => pods.length),
    of: inventory.pods.length,
    zones: Object.fromEntries(zones.map((zone) => [zone, most((pods) => pods.filter((pod) => pod.zone === zone).length)])),
  };
}

function heldBudgets(steps: readonly PlannedExperiment[][], inventory: Inventory, budgets: readonly DisruptionBudget[]): HeldBudget[] {
  const away = steps.map((step) => together(step.map((planned) => podsAway(planned, inventory))));
  return budgets.map((budget) => ({
    budget: `${inventory.namespace}/${budget.name}`,
    healthy: budget.healthy,
    desired: budget.desired,
    taken: Math.max(0, ...away.map((step) => takenFrom(budget, step).count)),
  }));
}

/** The healthy pods a budget covers that are taken away. Of those that Kubernetes chooses, as many as it may choose. */
export function takenFrom({ pods: covered }: Pick<DisruptionBudget, 'pods'>, { pods, more }: Away): { count: number; names: string[] } {
  const names = pods.filter(({ name, ready }) => ready && covered.includes(name)).map(({ name }) => name);
  return { count: Math.min(names.length + more, Math.max(covered.length, names.length)), names };
}

function uniquePods(pods: readonly InventoryPod[]): InventoryPod[] {
  return [...new Map(pods.map((pod) => [pod.name, pod])).values()];
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)].sort();
}
