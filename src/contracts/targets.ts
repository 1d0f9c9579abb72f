import type { Campaign, CampaignTarget, ExperimentSpec, Step } from './campaign.ts';

/** The workload an experiment acts on. */
export function targetOf({ target }: Pick<Campaign, 'target'>, spec: ExperimentSpec): CampaignTarget {
  return spec.target ?? target;
}

/** The workloads a campaign is about, its own first, then those its experiments act on in other clusters, by the clusters' names. */
export function actedTargets(campaign: Campaign): CampaignTarget[] {
  const others = experimentsOf(campaign.steps).flatMap(({ target }) => target ?? []);
  return [campaign.target, ...distinct(others, [campaign.target]).sort((a, b) => (a.cluster < b.cluster ? -1 : 1))];
}

/** The names of the clusters a campaign acts in, sorted. */
export function actedClusters(campaign: Campaign): string[] {
  return [...new Set(actedTargets(campaign).map(({ cluster }) => cluster))].sort();
}

/** The part of a campaign that is about one of its workloads: its experiments there and nothing else. Of a campaign in one cluster: all of it. */
export function campaignOn(campaign: Campaign, target: CampaignTarget): Campaign {
  if (actedTargets(campaign).length === 1 && isSame(target, campaign.target)) return campaign;
  const { stopConditions: _, gate: __, ...rest } = campaign;
  return { ...rest, target, hypothesis: [], steps: campaign.steps.flatMap((step) => stepOn(step, campaign, target)), warnings: [] };
}

function stepOn(step: Step, campaign: Campaign, target: CampaignTarget): Step[] {
  const isThere = (spec: ExperimentSpec) => isSame(targetOf(campaign, spec), target);
  if (step.kind === 'experiment') return isThere(step.experiment) ? [step] : [];
  if (step.kind !== 'parallel') return [];
  const experiments = step.experiments.filter(isThere);
  return experiments.length === 0 ? [] : [{ kind: 'parallel', experiments }];
}

/** Every experiment of these steps, in the order they are written. */
export function experimentsOf(steps: Campaign['steps']): ExperimentSpec[] {
  return steps.flatMap((step) => {
    if (step.kind === 'wait' || step.kind === 'approval') return [];
    return step.kind === 'parallel' ? step.experiments : [step.experiment];
  });
}

export function isSame(a: CampaignTarget, b: CampaignTarget): boolean {
  return keyOf(a) === keyOf(b);
}

/** The same for the same target. */
export function keyOf({ cluster, namespace, kind, name, selector }: CampaignTarget): string {
  return JSON.stringify([cluster, namespace, kind ?? null, name ?? null, selector ?? null]);
}

/** Those that are not known yet, each once. */
export function distinct(targets: readonly CampaignTarget[], known: readonly CampaignTarget[]): CampaignTarget[] {
  const keys = new Set(known.map(keyOf));
  return targets.filter((target) => {
    const isNew = !keys.has(keyOf(target));
    keys.add(keyOf(target));
    return isNew;
  });
}
