import type { Campaign, CampaignTarget, ExperimentSpec, ProbePlace, ProbeSpec } from '../contracts/campaign.ts';
import { actedTargets, distinct, experimentsOf, targetOf } from '../contracts/targets.ts';

/** Workloads that probes look at and that nothing acts on. */
export function lookedAtTargets(campaign: Campaign): CampaignTarget[] {
  const acted = actedTargets(campaign);
  const looked = placedProbes(campaign).map(({ base, place }) => placeTarget(campaign, base, place));
  return distinct(looked, acted);
}

/** Every workload that a campaign acts on or looks at: whoever starts it must be allowed to touch these. */
export function allTargets(campaign: Campaign): CampaignTarget[] {
  return [...actedTargets(campaign), ...lookedAtTargets(campaign)];
}

/**
 * Where a probe looks that is written under something about `base`: by its own selector, or at the workload that the campaign acts
 * on in that cluster, or at one of the same name there.
 */
export function placeTarget(
  campaign: Campaign,
  base: CampaignTarget,
  { cluster = base.cluster, namespace, selector }: ProbePlace,
): CampaignTarget {
  const acted = actedTargets(campaign).find((target) => target.cluster === cluster);
  if (selector !== undefined) return { cluster, namespace: namespace ?? (acted ?? base).namespace, selector };
  if (acted !== undefined && (namespace === undefined || namespace === acted.namespace)) return acted;
  return { ...base, cluster, namespace: namespace ?? base.namespace };
}

/** A place in the document that names a cluster. */
export interface ClusterMention {
  cluster: string;
  path: (string | number)[];
}

/** Where a campaign of squall's own dialect names clusters, in its order. */
export function clusterMentions(campaign: Campaign): ClusterMention[] {
  const ofProbes = (probes: readonly ProbeSpec[], path: (string | number)[]): ClusterMention[] =>
    probes.flatMap(({ place }, index) =>
      place?.cluster === undefined ? [] : [{ cluster: place.cluster, path: [...path, index, 'cluster'] }],
    );
  const ofExperiment = ({ target, hypothesis = [] }: ExperimentSpec, path: (string | number)[]): ClusterMention[] => [
    ...(target === undefined ? [] : [{ cluster: target.cluster, path: [...path, 'cluster'] }]),
    ...ofProbes(hypothesis, [...path, 'hypothesis']),
  ];
  const conditions = (campaign.stopConditions ?? []).map((condition) => ('probe' in condition ? condition.probe : undefined));
  return [
    { cluster: campaign.target.cluster, path: ['spec', 'target', 'cluster'] },
    ...ofProbes(campaign.hypothesis, ['spec', 'hypothesis']),
    ...conditions.flatMap((probe, index) =>
      probe?.place?.cluster === undefined ? [] : [{ cluster: probe.place.cluster, path: ['spec', 'stopConditions', index, 'cluster'] }],
    ),
    ...campaign.steps.flatMap((step, index): ClusterMention[] => {
      if (step.kind === 'experiment') return ofExperiment(step.experiment, ['spec', 'steps', index, 'experiment']);
      if (step.kind !== 'parallel') return [];
      return step.experiments.flatMap((spec, position) => ofExperiment(spec, ['spec', 'steps', index, 'parallel', position, 'experiment']));
    }),
  ];
}

/** Probes that look elsewhere, with the workload of whom they are written under. */
export function placedProbes(campaign: Campaign): { base: CampaignTarget; probe: ProbeSpec; place: ProbePlace }[] {
  const placed = (probes: readonly ProbeSpec[], base: CampaignTarget) =>
    probes.flatMap((probe) => (probe.place === undefined ? [] : [{ base, probe, place: probe.place }]));
  const conditions = (campaign.stopConditions ?? []).flatMap((condition) => ('probe' in condition ? [condition.probe] : []));
  return [
    ...placed([...campaign.hypothesis, ...conditions], campaign.target),
    ...experimentsOf(campaign.steps).flatMap((spec) => placed(spec.hypothesis ?? [], targetOf(campaign, spec))),
  ];
}
