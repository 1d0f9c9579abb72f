import { clusterMentions } from '../campaign/targets.ts';
import type { Campaign } from '../contracts/campaign.ts';
import type { Elsewhere } from '../contracts/served.ts';
import type { Dependencies } from './dependencies.ts';

/** Undefined: these workers serve all clusters of the campaign. */
export function servedElsewhere(campaign: Campaign, { ownWorkers = [] }: Pick<Dependencies, 'ownWorkers'>): Elsewhere | undefined {
  const clusters = [...new Set(clusterMentions(campaign).map(({ cluster }) => cluster))].sort();
  const own = clusters.filter((cluster) => ownWorkers.includes(cluster));
  return own.length === 0 ? undefined : { elsewhere: { clusters, ownWorkers: own } };
}
