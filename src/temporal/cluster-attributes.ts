import type { SearchAttributePair } from '@temporalio/common';
import type { Campaign } from '../contracts/campaign.ts';
import { searchAttributes } from '../contracts/names.ts';
import { actedClusters } from '../contracts/targets.ts';

/** The search attributes that tell where a campaign's runs act: its own cluster and, where it acts in several, all of them. */
export function clusterAttributes(campaign: Campaign): SearchAttributePair[] {
  const clusters = actedClusters(campaign);
  return [
    { key: searchAttributes.cluster, value: campaign.target.cluster },
    ...(clusters.length === 1 ? [] : [{ key: searchAttributes.clusters, value: clusters }]),
  ];
}
