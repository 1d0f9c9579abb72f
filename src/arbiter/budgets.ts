import type { HoldLimits, HoldScope } from '../contracts/arbiter.ts';
import type { Refusal } from '../contracts/plan.ts';

/** A run that counts against the same budgets. */
export interface Counted {
  runId: string;
  scope: HoldScope;
}

/** A budget that would be exceeded, and the other runs that take part in it. */
export interface Exceeded {
  refusal: Refusal;
  runs: string[];
}

/** Which budgets the scope exceeds together with the others. Without others: those it can never keep. */
export function exceededBudgets(scope: HoldScope, limits: HoldLimits, others: readonly Counted[]): Exceeded[] {
  return [
    ...runs(limits, others),
    ...podsOfWorkload(scope, limits, others),
    ...podsOfNamespace(scope, limits, others),
    ...podsOfZones(scope, limits, others),
    ...disruption(scope, others),
  ];
}

function runs({ runs: most }: HoldLimits, others: readonly Counted[]): Exceeded[] {
  if (most === undefined || others.length < most) return [];
  const message = `${others.length} runs go on in the cluster, and its budget is ${most} at once`;
  return [exceeded('cluster', message, others)];
}

function podsOfWorkload(scope: HoldScope, { podsOfWorkload: limit }: HoldLimits, others: readonly Counted[]): Exceeded[] {
  if (limit === undefined || scope.peak.pods === 0) return [];
  const same = others.filter((other) => scope.workload !== null && other.scope.workload === scope.workload);
  const pods = total(scope, same, ({ peak }) => peak.pods);
  const most = 'count' in limit ? limit.count : Math.floor((scope.peak.of * limit.percent) / 100);
  if (pods <= most) return [];
  const budget = 'count' in limit ? `${most}` : `${limit.percent} % of ${scope.peak.of}, which is ${most},`;
  const subject = scope.workload ?? scope.namespace;
  return [exceeded(subject, `${pods} pods of ${subject} would be hit at once, and the budget of a workload is ${budget} at once`, same)];
}

function podsOfNamespace(scope: HoldScope, { podsOfNamespace: most }: HoldLimits, others: readonly Counted[]): Exceeded[] {
  if (most === undefined || scope.peak.pods === 0) return [];
  const same = others.filter((other) => other.scope.namespace === scope.namespace && other.scope.peak.pods > 0);
  const pods = total(scope, same, ({ peak }) => peak.pods);
  if (pods <= most) return [];
  const subject = `namespace ${scope.namespace}`;
  return [exceeded(subject, `${pods} pods of ${subject} would be hit at once, and the budget of a namespace is ${most}`, same)];
}

function podsOfZones(scope: HoldScope, { podsOfZone: most }: HoldLimits, others: readonly Counted[]): Exceeded[] {
  if (most === undefined) return [];
  return Object.keys(scope.peak.zones).flatMap((zone) => {
    const inZone = ({ peak }: HoldScope) => peak.zones[zone] ?? 0;
    const same = others.filter((other) => inZone(other.scope) > 0);
    const pods = total(scope, same, inZone);
    if (pods <= most) return [];
    return [exceeded(`zone ${zone}`, `${pods} pods in zone ${zone} would be hit at once, and the budget of a zone is ${most}`, same)];
  });
}

/**
 * A pod that another run has taken away already is counted twice, as not healthy and as held: rather a refusal too many
 * than a workload below its budget.
 */
function disruption(scope: HoldScope, others: readonly Counted[]): Exceeded[] {
  return scope.budgets.flatMap(({ budget, healthy, desired, taken }) => {
    if (taken === 0) return [];
    const takenOf = (other: HoldScope) => other.budgets.find((entry) => entry.budget === budget)?.taken ?? 0;
    const same = others.filter((other) => takenOf(other.scope) > 0);
    const away = total(scope, same, takenOf);
    if (healthy - away >= desired) return [];
    const message = `PodDisruptionBudget ${budget} asks for ${desired} healthy pods: ${healthy} are, and ${away} of them would be taken away at once`;
    return [{ ...exceeded(budget, message, same), refusal: refusal('disruption-budget', budget, told(message, same)) }];
  });
}

function total(own: HoldScope, others: readonly Counted[], count: (scope: HoldScope) => number): number {
  return others.reduce((sum, { scope }) => sum + count(scope), count(own));
}

function exceeded(subject: string, message: string, others: readonly Counted[]): Exceeded {
  return { refusal: refusal('budget', subject, told(message, others)), runs: others.map(({ runId }) => runId) };
}

function told(message: string, others: readonly Counted[]): string {
  return others.length === 0 ? message : `${message}; counted with ${others.map(({ runId }) => runId).join(', ')}`;
}

function refusal(code: string, subject: string, message: string): Refusal {
  return { code, subject, message };
}
