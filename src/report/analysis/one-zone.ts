import type { Finding } from '../../contracts/report.ts';
import { fixByPatch, templatePatch } from './patch.ts';
import { found, nothing, type Rule, ruledOut } from './rule.ts';

const zoneKey = 'topology.kubernetes.io/zone';

/** The loss of one zone is the loss of all. */
export const oneZone: Rule = {
  name: 'one-zone',
  looksAt: "the zones of the pods' nodes and of the cluster's",
  finds: 'All pods of a workload of several run in one zone, and the cluster has more.',
  fix: 'A patch of the workload that spreads its pods over zones.',
  conclude({ evidence, plan }) {
    const record = evidence.clusterRecord;
    if (record === undefined || record.zones === null || record.zones.length < 2) return nothing;
    const { pods, zones, to, workload } = record;
    const places = pods.filter(({ node, deletedAt }) => node !== null && deletedAt === undefined);
    if (places.length < 2 || places.some(({ zone }) => zone === null) || record.podsLeftOut > 0) return nothing;
    const used = [...new Set(places.map(({ zone }) => zone))].sort();
    if (used.length > 1) return ruledOut(`the pods are in ${used.length} of ${zones.length} zones`);
    const labels = matchLabels(plan.inventory.selector);
    const words = 'Spread them, and see that no node selector or affinity keeps them together:';
    const patch =
      labels &&
      templatePatch(record, {
        topologySpreadConstraints: [
          { topologyKey: zoneKey, maxSkew: 1, whenUnsatisfiable: 'ScheduleAnyway', labelSelector: { matchLabels: labels } },
        ],
      });
    const spread = workload?.spread.includes(zoneKey) === true;
    const fix: Pick<Finding, 'fix' | 'patch'> = patch === undefined || spread ? { fix: words.replace(':', '.') } : fixByPatch(words, patch);
    return found({
      rule: 'one-zone',
      severity: 'info',
      title: `all ${places.length} pods are in ${used[0]}, of ${zones.length} zones: the loss of that zone is the loss of all`,
      evidence: [
        ...places.map(({ name, node, zone }) => `${to} status of pod/${name}: on ${node} in ${zone}`),
        `${to} labels of nodes: zones ${zones.join(', ')}`,
      ],
      ...fix,
    });
  },
};

/** Of a selector of equalities only; undefined: it is another. */
function matchLabels(selector: string): Record<string, string> | undefined {
  const parts = selector.split(',').map((part) => part.match(/^([^=!\s]+)=([^=\s]*)$/));
  const labels = parts.map((part) => (part === null ? undefined : ([part[1] ?? '', part[2] ?? ''] as const)));
  return labels.every((label) => label !== undefined) ? Object.fromEntries(labels) : undefined;
}
