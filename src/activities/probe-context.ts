import type { Campaign, ProbePlace } from '../contracts/campaign.ts';
import type { Inventory } from '../contracts/plan.ts';
import type { ProbeContext } from '../probes/probe.ts';
import { defaultEgress } from '../security/egress.ts';
import type { Dependencies } from './dependencies.ts';

/** What a probe of this campaign measures, and how it may get there. @param place where it looks, if not at the campaign's workload */
export function probeContext(
  { campaign, inventory }: { campaign: Campaign; inventory: Inventory },
  deps: Dependencies,
  signal: AbortSignal,
  place: ProbePlace = {},
): ProbeContext {
  const { cluster = campaign.target.cluster, namespace = campaign.target.namespace, selector = inventory.selector } = place;
  const { reach, prometheusUrl } = deps.ofCluster(cluster);
  const { egress = defaultEgress } = deps.policy(cluster);
  return { cluster: deps.cluster(cluster), namespace, selector, reach, prometheusUrl, egress, signal };
}
