import type { Campaign } from '../contracts/campaign.ts';
import type { Inventory } from '../contracts/plan.ts';
import type { ProbeContext } from '../probes/probe.ts';
import type { Dependencies } from './dependencies.ts';

/** What a probe of this campaign measures, and how it may get there. */
export function probeContext(
  { campaign, inventory }: { campaign: Campaign; inventory: Inventory },
  deps: Dependencies,
  signal: AbortSignal,
): ProbeContext {
  return {
    cluster: deps.cluster(campaign.target.cluster),
    namespace: campaign.target.namespace,
    selector: inventory.selector,
    reach: deps.reach,
    prometheusUrl: deps.prometheusUrl,
    signal,
  };
}
