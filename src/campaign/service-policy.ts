import type { Campaign } from '../contracts/campaign.ts';
import { objectKeys } from '../contracts/object-keys.ts';
import type { Inventory, PlannedExperiment, Refusal } from '../contracts/plan.ts';
import { type ClusterPolicy, matchingPattern } from '../policy/cluster-policy.ts';
import { optInRefusals } from './blast-radius.ts';
import { reachedPods } from './reached-pods.ts';
import { selectablePods } from './selection.ts';

/** What the service forbids, whatever the campaign says. */
export function servicePolicyRefusals(
  campaign: Campaign,
  inventory: Inventory,
  experiments: readonly PlannedExperiment[],
  policy: ClusterPolicy,
): Refusal[] {
  return [
    ...namespaceRefusals(inventory.namespace, policy),
    ...experiments.flatMap((planned) => nameRefusals(planned, inventory, policy)),
    ...(policy.requireOptIn ? requiredOptIns(campaign, inventory, experiments) : []),
  ];
}

function namespaceRefusals(namespace: string, { protectedNamespaces }: ClusterPolicy): Refusal[] {
  const pattern = matchingPattern(protectedNamespaces, namespace);
  if (pattern === undefined) return [];
  const message = `namespace ${namespace} is protected by the policy of the service${pattern === namespace ? '' : ` (${pattern})`}`;
  return [{ code: 'protected', subject: `namespace ${namespace}`, message }];
}

function nameRefusals(planned: PlannedExperiment, inventory: Inventory, { protectedNames }: ClusterPolicy): Refusal[] {
  if (protectedNames.length === 0) return [];
  const acted = planned.targets.map((target) => {
    return target.kind === 'pod' ? target.pod : target.kind === 'node' ? target.node : target.name;
  });
  const reached = reachedPods(planned, inventory).map(({ name }) => name);
  const workload = inventory.workload === null ? [] : [inventory.workload.name];
  return [...new Set([...workload, ...acted, ...reached])].flatMap((name) => {
    const pattern = matchingPattern(protectedNames, name);
    if (pattern === undefined) return [];
    const message = `${name} is protected by the policy of the service${pattern === name ? '' : ` (${pattern})`}`;
    return [{ code: 'protected', subject: planned.spec.name, message }];
  });
}

/**
 * The opt-in that the service asks for where the campaign asks for none. A node carries it itself, since what happens to a node
 * happens to all pods on it; objects are acted on where all of the workload's pods have it.
 */
function requiredOptIns(campaign: Campaign, inventory: Inventory, experiments: readonly PlannedExperiment[]): Refusal[] {
  const pods = selectablePods(inventory);
  const reached = new Set(
    experiments.flatMap((planned) => {
      const actsOnObjects = planned.targets.some(({ kind }) => kind === 'object');
      return actsOnObjects ? inventory.pods.map(({ name }) => name) : reachedPods(planned, inventory).map(({ name }) => name);
    }),
  );
  const ofPods =
    campaign.policy.optIn === 'none'
      ? optInRefusals(
          pods.filter(({ name }) => reached.has(name)),
          { ...campaign.policy, optIn: 'squall' },
        ).map((refusal) => ({ ...refusal, message: refusal.message.replace(/^the policy/, 'the policy of the service') }))
      : [];
  const nodes = new Set(experiments.flatMap(({ targets }) => targets.flatMap((target) => (target.kind === 'node' ? [target.node] : []))));
  const without = inventory.nodes.filter(({ name, annotations }) => nodes.has(name) && annotations[objectKeys.chaos] !== 'enabled');
  if (without.length === 0) return ofPods;
  const names = without.map(({ name }) => name).join(', ');
  const message = `the policy of the service asks for the annotation ${objectKeys.chaos}: "enabled" on the node, and ${names} has none`;
  return [...ofPods, { code: 'not-opted-in', subject: names, message }];
}
