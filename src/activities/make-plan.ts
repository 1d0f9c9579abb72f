import { planCampaign as makePlan } from '../campaign/plan-campaign.ts';
import { formatPath } from '../campaign/problem.ts';
import { clusterMentions, lookedAtTargets } from '../campaign/targets.ts';
import type { DraftPlanInput, ReadTargetsInput, TargetsRead } from '../contracts/activities.ts';
import type { Campaign } from '../contracts/campaign.ts';
import type { Inventory, Plan, Refusal } from '../contracts/plan.ts';
import type { PlanFound, PlanInput } from '../contracts/run.ts';
import { actedTargets, campaignOn, keyOf } from '../contracts/targets.ts';
import { RefusedError } from '../faults/verbs.ts';
import { UnknownClusterError } from '../kubernetes/clusters.ts';
import type { Dependencies } from './dependencies.ts';
import { preflight } from './preflight.ts';
import { readInventory } from './read-inventory.ts';

/** Reads the clusters, makes the plan and checks what must be true before anything is touched. */
export async function planCampaign({ campaign, seed, found }: PlanInput, deps: Dependencies, signal: AbortSignal): Promise<Plan> {
  if (found !== undefined) return found.draft === null ? refusedPlan({ campaign, seed }, found.refusals) : completed(found.draft, found);
  const unknown = unknownClusters(campaign, deps);
  if (unknown.length > 0) return refusedPlan({ campaign, seed }, unknown);
  try {
    const inventories = await readInventories(campaign, deps, signal);
    const plan = makePlan(campaign, seed, { inventories, policy: (cluster) => deps.policy(cluster) });
    // Against a workload that is refused already, the rest could only mislead.
    if (plan.refusals.length > 0) return plan;
    return completed(plan, await preflight(plan, deps, signal));
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    return refusedPlan({ campaign, seed }, [noTarget(error)]);
  }
}

/** Of a campaign in clusters that no worker serves all of: what is there of those it serves. */
export async function readTargets({ campaign, clusters }: ReadTargetsInput, deps: Dependencies, signal: AbortSignal): Promise<TargetsRead> {
  const isHere = (cluster: string) => clusters.includes(cluster);
  const refusals = unknownClusters(campaign, deps, isHere);
  if (refusals.length > 0) return { inventories: [], refusals };
  try {
    return { inventories: [...(await readInventories(campaign, deps, signal, isHere))], refusals: [] };
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    return { inventories: [], refusals: [noTarget(error)] };
  }
}

export function draftPlan({ campaign, seed, inventories }: DraftPlanInput, { policy }: Dependencies): Plan {
  return makePlan(campaign, seed, { inventories: new Map(inventories), policy });
}

function noTarget({ message }: RefusedError): Refusal {
  return { code: 'no-target', subject: 'spec.target', message };
}

function completed(draft: Plan, { refusals, warnings, dashboards }: Omit<PlanFound, 'draft'>): Plan {
  // Against a workload that is refused already, the rest was not asked.
  if (draft.refusals.length > 0) return draft;
  const asked = { ...withoutPreflight(draft), refusals, warnings: [...draft.warnings, ...warnings] };
  return dashboards.length === 0 ? asked : { ...asked, dashboards };
}

/** What was asked is not carried through the history again and again. */
function withoutPreflight(plan: Plan): Plan {
  const { preflight: _, ...campaign } = plan.campaign;
  return { ...plan, campaign };
}

/** Clusters that this worker is not configured with, each with its place. */
function unknownClusters(campaign: Campaign, deps: Dependencies, isHere = (_: string) => true): Refusal[] {
  return clusterMentions(campaign).flatMap(({ cluster, path }): Refusal[] => {
    try {
      if (isHere(cluster)) deps.cluster(cluster);
      return [];
    } catch (error) {
      if (!(error instanceof UnknownClusterError)) throw error;
      return [{ code: 'unknown-cluster', subject: formatPath(path), message: error.message }];
    }
  });
}

async function readInventories(
  campaign: Campaign,
  deps: Dependencies,
  signal: AbortSignal,
  isHere = (_: string) => true,
): Promise<Map<string, Inventory>> {
  const acted = actedTargets(campaign).map((target) => campaignOn(campaign, target));
  const looked = lookedAtTargets(campaign).map((target) => ({ ...campaign, target, steps: [] }));
  const here = [...acted, ...looked].filter(({ target }) => isHere(target.cluster));
  const read = here.map(async (part) => [keyOf(part.target), await readInventory(part, deps, signal)] as const);
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
