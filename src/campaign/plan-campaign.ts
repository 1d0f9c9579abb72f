import type { Campaign, CampaignTarget, ProbeSpec } from '../contracts/campaign.ts';
import { inCluster } from '../contracts/in-cluster.ts';
import type { Inventory, Plan, PlanPart } from '../contracts/plan.ts';
import { actedTargets, campaignOn, experimentsOf, isSame, keyOf } from '../contracts/targets.ts';
import type { ClusterPolicy } from '../policy/cluster-policy.ts';
import { mergePermissions } from './permissions.ts';
import { type Elsewhere, gateWarnings, makePlan, placed } from './plan.ts';
import { findProbeType } from './probe-types.ts';
import { lookedAtTargets, placedProbes, placeTarget } from './targets.ts';

/** What a plan is made of, beside its campaign. */
export interface Surroundings {
  /** by `keyOf` its target: of every workload that the campaign is about */
  inventories: ReadonlyMap<string, Inventory>;
  policy(cluster: string): ClusterPolicy;
}

/**
 * The plan of a campaign in as many clusters as it names: made for each by itself, from what is there, and put together in the order of
 * its steps. Pure, as `makePlan`.
 */
export function planCampaign(campaign: Campaign, seed: string, { inventories, policy }: Surroundings): Plan {
  const at = (target: CampaignTarget): Inventory => {
    const inventory = inventories.get(keyOf(target));
    if (inventory === undefined) throw new TypeError(`no inventory of ${keyOf(target)}`);
    return inventory;
  };
  const elsewhereFrom =
    (base: CampaignTarget): Elsewhere =>
    (place) =>
      at(placeTarget(campaign, base, place));
  const plans = [...actedTargets(campaign), ...lookedAtTargets(campaign)].map((target) => {
    const isOwn = isSame(target, campaign.target);
    const part = { ...campaignOn(campaign, target), hypothesis: isOwn ? campaign.hypothesis : seenFrom(campaign) };
    return { target, plan: makePlan(part, at(target), seed, policy(target.cluster), elsewhereFrom(target)) };
  });
  const [own, ...others] = plans.map(({ target, plan }) => ({
    target,
    plan: { ...plan, permissions: mergePermissions([...plan.permissions, ...permissionsToLook(campaign, target)]) },
  }));
  if (own === undefined) throw new TypeError('a campaign without a target');
  const conditions = placedConditions(campaign, elsewhereFrom(campaign.target));
  if (others.length === 0) return { ...own.plan, campaign: { ...own.plan.campaign, ...conditions } };
  const byName = new Map(plans.flatMap(({ plan }) => plan.experiments).map((planned) => [planned.spec.name, planned]));
  const experiments = experimentsOf(campaign.steps).flatMap(({ name }) => byName.get(name) ?? []);
  const acted = actedTargets(campaign);
  return {
    campaign: { ...campaign, ...conditions },
    seed,
    inventory: own.plan.inventory,
    others: others.map(
      ({ target, plan }): PlanPart => ({
        target,
        acts: acted.some((one) => isSame(one, target)),
        inventory: plan.inventory,
        permissions: plan.permissions,
      }),
    ),
    experiments,
    permissions: own.plan.permissions,
    warnings: [
      ...campaign.warnings,
      ...plans.flatMap(({ plan }) =>
        plan.warnings.filter((warning) => !campaign.warnings.includes(warning) && warning.path !== 'spec.gate'),
      ),
      ...gateWarnings(campaign, experiments),
    ],
    refusals: plans.flatMap(({ target, plan }) => plan.refusals.map((refusal) => inCluster(refusal, target, campaign))),
  };
}

/**
 * The campaign's hypothesis as it holds for what is done elsewhere: it goes on speaking of the campaign's workload. An election is
 * measured where the primary is taken away.
 */
function seenFrom(campaign: Campaign): ProbeSpec[] {
  return campaign.hypothesis
    .filter(({ when }) => when !== 'recovery')
    .map((probe) => {
      const looksAt = findProbeType(probe.type)?.looksAt;
      if (looksAt !== 'pods' && looksAt !== 'cluster') return probe;
      const { cluster = campaign.target.cluster, ...place } = probe.place ?? {};
      return { ...probe, place: { cluster, ...place } };
    });
}

/** Its stop conditions, with all of their places. */
function placedConditions(campaign: Campaign, elsewhere: Elsewhere): Pick<Campaign, 'stopConditions'> {
  if (campaign.stopConditions === undefined) return {};
  return {
    stopConditions: campaign.stopConditions.map((condition) =>
      'probe' in condition ? { ...condition, probe: placed(condition.probe, elsewhere) } : condition,
    ),
  };
}

/** What it takes to look at a workload from elsewhere. */
function permissionsToLook(campaign: Campaign, target: CampaignTarget) {
  return placedProbes(campaign)
    .filter(({ base, place }) => isSame(placeTarget(campaign, base, place), target))
    .flatMap(({ probe }) => findProbeType(probe.type)?.permissions ?? []);
}
