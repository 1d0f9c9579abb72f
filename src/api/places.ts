import { allTargets } from '../campaign/targets.ts';
import type { Campaign } from '../contracts/campaign.ts';
import { searchAttributes } from '../contracts/names.ts';
import { experimentsOf } from '../contracts/targets.ts';
import { findFault } from '../faults/declarations.ts';
import type { Place } from './auth/authorize.ts';
import type { RunInfo } from './run-resource.ts';

/** Where a run is, by its search attributes. */
export function placeOfRun({ typedSearchAttributes }: Pick<RunInfo, 'typedSearchAttributes'>): Place {
  return {
    cluster: typedSearchAttributes.get(searchAttributes.cluster) ?? null,
    namespace: typedSearchAttributes.get(searchAttributes.namespace) ?? null,
  };
}

/** Every place that a campaign reaches: where its faults are done, and where its probes look. */
export function placesOfCampaign(campaign: Campaign): Place[] {
  const workloads = allTargets(campaign).map(({ cluster, namespace }): Place => ({ cluster, namespace }));
  // What happens to a node happens to all pods on it.
  const nodes = experimentsOf(campaign.steps).flatMap(({ fault, target = campaign.target }): Place[] =>
    findFault(fault)?.fault.targets === 'nodes' ? [{ cluster: target.cluster, namespace: null }] : [],
  );
  return [...new Map([...workloads, ...nodes].map((place) => [JSON.stringify(place), place])).values()];
}
