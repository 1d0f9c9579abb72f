import type { Plan, PlannedExperiment } from './plan.ts';
import { campaignOn } from './targets.ts';

/**
 * The parts of a plan, one for each cluster it acts in, by the clusters' names: each is a plan by itself, of what is done there. In this
 * order runs ask the arbiters of their clusters, so that no two wait for one another. A plan in one cluster is its only part.
 */
export function planParts(plan: Plan): Plan[] {
  const { others = [], campaign } = plan;
  const elsewhere = others.filter(({ acts }) => acts);
  if (elsewhere.length === 0) return [plan];
  const own = { target: campaign.target, inventory: plan.inventory, permissions: plan.permissions };
  const { others: _, ...rest } = plan;
  return [own, ...elsewhere]
    .map(({ target, inventory, permissions }): Plan => {
      const experiments = plan.experiments.filter((planned) => clusterOf(plan, planned) === target.cluster);
      return { ...rest, campaign: campaignOn(campaign, target), inventory, permissions, experiments };
    })
    .sort((a, b) => (a.inventory.cluster < b.inventory.cluster ? -1 : 1));
}

/** The part of a plan that an experiment belongs to. */
export function partOf(plan: Plan, planned: PlannedExperiment): Plan {
  const cluster = clusterOf(plan, planned);
  return planParts(plan).find((part) => part.campaign.target.cluster === cluster) ?? plan;
}

/** The part of a plan for what is done in a cluster; undefined: nothing is. */
export function partIn(plan: Plan, cluster: string): Plan | undefined {
  return planParts(plan).find((part) => part.campaign.target.cluster === cluster);
}

function clusterOf({ campaign }: Plan, { cluster = campaign.target.cluster }: PlannedExperiment): string {
  return cluster;
}
