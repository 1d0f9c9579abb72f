import type { Campaign } from '../contracts/campaign.ts';
import { objectKeys } from '../contracts/object-keys.ts';
import type { DisruptionBudget, Inventory, PlannedExperiment, Refusal } from '../contracts/plan.ts';
import type { ClusterPolicy } from '../policy/cluster-policy.ts';
import { takenFrom } from './hold-scope.ts';
import { type Away, experimentsByStep, podsAway, together } from './reached-pods.ts';

/**
 * Why what a step takes away may not be taken: the last ready pod of the workload, or pods that a disruption budget wants
 * to stay. What other runs take away meanwhile the arbiter counts.
 */
export function availabilityRefusals(
  campaign: Campaign,
  inventory: Inventory,
  experiments: readonly PlannedExperiment[],
  policy: ClusterPolicy,
): Refusal[] {
  return experimentsByStep(campaign, experiments).flatMap((step) => {
    const away = together(step.map((planned) => podsAway(planned, inventory)));
    const subject = step.map(({ spec }) => spec.name).join(', ');
    return [
      ...lastReadyRefusals(subject, away, campaign, inventory, policy),
      ...(campaign.policy.ignoreDisruptionBudgets === true ? [] : budgetRefusals(subject, away, inventory)),
    ];
  });
}

function lastReadyRefusals(
  subject: string,
  { pods, more }: Away,
  campaign: Campaign,
  inventory: Inventory,
  { lastReady }: ClusterPolicy,
): Refusal[] {
  const ready = inventory.pods.filter((pod) => pod.ready);
  const taken = pods.filter((pod) => pod.ready);
  const count = taken.length + more;
  if (count === 0 || ready.length === 0 || count < ready.length || lastReady === 'always') return [];
  const annotated = ready.every(({ annotations }) => annotations[objectKeys.lastReady] === 'allowed');
  if (lastReady === 'campaign' && (campaign.policy.allowLastReady === true || annotated)) return [];
  const of = inventory.workload === null ? `the pods of ${inventory.selector}` : `${inventory.workload.kind} ${inventory.workload.name}`;
  const names = ready.map(({ name }) => name).join(', ');
  const what = ready.length === 1 ? `${names} is the only ready pod of ${of}` : `${names} are all ready pods of ${of}`;
  const way =
    lastReady === 'never'
      ? 'the policy of the service forbids it'
      : `policy.allowLastReady: true allows it, or the annotation ${objectKeys.lastReady}: allowed on the workload`;
  return [{ code: 'last-ready', subject, message: `${what}, and would be taken away; ${way}` }];
}

function budgetRefusals(subject: string, away: Away, { disruptionBudgets = [] }: Inventory): Refusal[] {
  return disruptionBudgets.flatMap((budget) => budgetRefusal(subject, away, budget) ?? []);
}

function budgetRefusal(subject: string, away: Away, budget: DisruptionBudget): Refusal | undefined {
  const { name, healthy, desired } = budget;
  const { count, names } = takenFrom(budget, away);
  if (count === 0 || healthy - count >= desired) return undefined;
  const which = names.length === 0 ? `${count}` : `${count} (${names.join(', ')})`;
  const message = `PodDisruptionBudget ${name} asks for ${desired} healthy pods: ${healthy} are, and ${which} would be taken away; policy.ignoreDisruptionBudgets: true overrides it`;
  return { code: 'disruption-budget', subject, message };
}
