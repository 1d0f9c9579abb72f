import { planCampaign as makePlan } from '../campaign/plan-campaign.ts';
import { formatPath } from '../campaign/problem.ts';
import { clusterMentions, lookedAtTargets } from '../campaign/targets.ts';
import type { Campaign } from '../contracts/campaign.ts';
import type { Inventory, Plan, Refusal } from '../contracts/plan.ts';
import type { PlanInput } from '../contracts/run.ts';
import { actedTargets, campaignOn, keyOf } from '../contracts/targets.ts';
import { RefusedError } from '../faults/verbs.ts';
import { UnknownClusterError } from '../kubernetes/clusters.ts';
import type { Dependencies } from './dependencies.ts';
import { preflight } from './preflight.ts';
import { readInventory } from './read-inventory.ts';

/** Reads the clusters, makes the plan and checks what must be true before anything is touched. */
export async function planCampaign({ campaign, seed }: PlanInput, deps: Dependencies, signal: AbortSignal): Promise<Plan> {
  const unknown = unknownClusters(campaign, deps);
  if (unknown.length > 0) return refusedPlan({ campaign, seed }, unknown);
  try {
    const inventories = await readInventories(campaign, deps, signal);
    const plan = makePlan(campaign, seed, { inventories, policy: (cluster) => deps.policy(cluster) });
    // Against a workload that is refused already, the rest could only mislead.
    if (plan.refusals.length > 0) return plan;
    const { refusals, warnings, dashboards } = await preflight(plan, deps, signal);
    const asked = { ...withoutPreflight(plan), refusals, warnings: [...plan.warnings, ...warnings] };
    return dashboards.length === 0 ? asked : { ...asked, dashboards };
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    return refusedPlan({ campaign, seed }, [{ code: 'no-target', subject: 'spec.target', message: error.message }]);
  }
}

/** What was asked is not carried through the history again and again. */
function withoutPreflight(plan: Plan): Plan {
  const { preflight: _, ...campaign } = plan.campaign;
  return { ...plan, campaign };
}

/** Clusters that this worker is not configured with, each with its place. */
function unknownClusters(campaign: Campaign, deps: Dependencies): Refusal[] {
  return clusterMentions(campaign).flatMap(({ cluster, path }): Refusal[] => {
    try {
      deps.cluster(cluster);
      return [];
    } catch (error) {
      if (!(error instanceof UnknownClusterError)) throw error;
      return [{ code: 'unknown-cluster', subject: formatPath(path), message: error.message }];
    }
  });
}

async function readInventories(campaign: Campaign, deps: Dependencies, signal: AbortSignal): Promise<Map<string, Inventory>> {
  const acted = actedTargets(campaign).map((target) => campaignOn(campaign, target));
  const looked = lookedAtTargets(campaign).map((target) => ({ ...campaign, target, steps: [] }));
  const read = [...acted, ...looked].map(async (part) => [keyOf(part.target), await readInventory(part, deps, signal)] as const);
  return new Map(await Promise.all(read));
}

/** There is nothing to plan on: a target does not exist. */
function refusedPlan({ campaign, seed }: PlanInput, refusals: Refusal[]): Plan {
  const { cluster, namespace, selector = '' } = campaign.target;
  return {
    campaign,
    seed,
    inventory: { cluster, namespace, workload: null, selector, pods: [], nodes: [], application: null },
    experiments: [],
    permissions: [],
    warnings: [],
    refusals,
  };
}
