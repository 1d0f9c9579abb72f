import type { V1Pod, V1PodDisruptionBudget } from '@kubernetes/client-node';
import { matchesLabels } from '../../campaign/label-selector.ts';
import type { BudgetFacts } from '../../contracts/cluster-record.ts';
import type { Cluster } from '../../kubernetes/cluster.ts';
import { formatLabelSelector } from '../../kubernetes/label-selector.ts';

/** Disruption budgets that cover some of the pods. @throws ClusterError */
export async function readBudgetFacts(
  cluster: Cluster,
  namespace: string,
  pods: readonly V1Pod[],
  signal: AbortSignal,
): Promise<BudgetFacts[]> {
  const budgets: V1PodDisruptionBudget[] = await cluster.listObjects(
    { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', namespace },
    signal,
  );
  return budgets.flatMap(({ metadata, spec, status }) => {
    if (spec?.selector === undefined) return [];
    const selector = formatLabelSelector(spec.selector);
    const covered = pods.filter((pod) => selector === '' || matchesLabels(selector, pod.metadata?.labels ?? {}));
    if (covered.length === 0) return [];
    return [
      {
        name: metadata?.name ?? '',
        pods: covered.map((pod) => pod.metadata?.name ?? ''),
        desiredHealthy: status?.desiredHealthy ?? 0,
        disruptionsAllowed: status?.disruptionsAllowed ?? 0,
      },
    ];
  });
}
