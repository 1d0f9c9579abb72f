import type { Campaign, CampaignTarget } from './campaign.ts';
import type { Refusal } from './plan.ts';

/** A refusal with the cluster it is of, where that is not the campaign's own. */
export function inCluster(refusal: Refusal, { cluster }: CampaignTarget, campaign: Campaign): Refusal {
  return cluster === campaign.target.cluster ? refusal : { ...refusal, message: `in cluster ${cluster}: ${refusal.message}` };
}
