import { found, nothing, type Rule, ruledOut } from './rule.ts';

/** Nothing keeps a drain from taking all pods at once. */
export const noDisruptionBudget: Rule = {
  name: 'no-disruption-budget',
  looksAt: "the namespace's disruption budgets, and the workload's pods",
  finds: 'A workload of several pods is covered by no disruption budget.',
  fix: 'The command that creates one that gives up one pod at a time.',
  conclude({ evidence, plan }) {
    const record = evidence.clusterRecord;
    if (record?.budgets == null || record.workload === null || record.workload.kind === 'DaemonSet') return nothing;
    const { budgets, workload, namespace, pods, to } = record;
    if (workload.replicas < 2) return nothing;
    const [covering] = budgets;
    if (covering !== undefined) return ruledOut(`disruption budget ${covering.name} covers ${covering.pods.length} pods of the workload`);
    return found({
      rule: 'no-disruption-budget',
      severity: 'info',
      title: `${workload.kind} ${workload.name} has no disruption budget: a drain may take all its ${workload.replicas} pods at once`,
      evidence: [
        `${to} list of poddisruptionbudgets in ${namespace}: none selects ${pods
          .slice(0, 5)
          .map(({ name }) => `pod/${name}`)
          .join(', ')}${pods.length > 5 ? ' …' : ''}`,
      ],
      fix: `kubectl -n ${namespace} create poddisruptionbudget ${workload.name} --selector='${plan.inventory.selector}' --max-unavailable=1`,
    });
  },
};
