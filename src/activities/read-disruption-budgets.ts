import { setTimeout as delay } from 'node:timers/promises';
import type { V1Pod, V1PodDisruptionBudget } from '@kubernetes/client-node';
import { matchesLabels } from '../campaign/label-selector.ts';
import type { DisruptionBudget } from '../contracts/plan.ts';
import { type Cluster, ClusterError } from '../kubernetes/cluster.ts';
import { isReady } from '../kubernetes/is-ready.ts';
import { formatLabelSelector } from '../kubernetes/label-selector.ts';

/** Kubernetes works out a new budget within a moment. */
const workedOutWithinMs = 5_000;

/**
 * The disruption budgets that cover some of the pods. Healthy pods are counted here and now, also those of other workloads
 * that a budget covers: the count in its status lags. Without the right to list budgets there are none: the plan's preflight
 * refuses the run for that right.
 */
export async function readDisruptionBudgets(
  cluster: Cluster,
  namespace: string,
  pods: readonly V1Pod[],
  signal: AbortSignal,
): Promise<DisruptionBudget[]> {
  const budgets = await list(cluster, namespace, pods, signal);
  return Promise.all(
    budgets.map(async ({ budget, covered }) => {
      const selector = formatLabelSelector(budget.spec?.selector ?? {});
      const all = await cluster.listPods(namespace, selector, signal);
      return {
        name: budget.metadata?.name ?? '',
        healthy: all.filter(isHealthy).length,
        desired: budget.status?.desiredHealthy ?? 0,
        pods: covered,
      };
    }),
  );
}

interface Covering {
  budget: V1PodDisruptionBudget;
  /** names of pods */
  covered: string[];
}

async function list(cluster: Cluster, namespace: string, pods: readonly V1Pod[], signal: AbortSignal): Promise<Covering[]> {
  const end = Date.now() + workedOutWithinMs;
  for (;;) {
    const covering = (await listBudgets(cluster, namespace, signal)).flatMap((budget): Covering[] => {
      const covered = pods.filter((pod) => covers(budget, pod)).map(({ metadata }) => metadata?.name ?? '');
      return covered.length === 0 ? [] : [{ budget, covered }];
    });
    const unknown = covering.find(({ budget }) => !isWorkedOut(budget));
    if (unknown === undefined) return covering;
    if (Date.now() > end) {
      const name = unknown.budget.metadata?.name ?? '';
      throw new Error(`PodDisruptionBudget ${namespace}/${name}: Kubernetes has not worked out how many pods it wants healthy`);
    }
    await delay(200, undefined, { signal });
  }
}

async function listBudgets(cluster: Cluster, namespace: string, signal: AbortSignal): Promise<V1PodDisruptionBudget[]> {
  try {
    return await cluster.listObjects({ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', namespace }, signal);
  } catch (error) {
    if (error instanceof ClusterError && error.status === 403) return [];
    throw error;
  }
}

/** A budget without a selector covers nothing, one with an empty selector everything. */
function covers({ spec }: V1PodDisruptionBudget, { metadata }: V1Pod): boolean {
  if (spec?.selector === undefined) return false;
  const selector = formatLabelSelector(spec.selector);
  return selector === '' || matchesLabels(selector, metadata?.labels ?? {});
}

function isWorkedOut({ metadata, status }: V1PodDisruptionBudget): boolean {
  return (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 0);
}

function isHealthy(pod: V1Pod): boolean {
  return isReady(pod) && pod.metadata?.deletionTimestamp === undefined;
}
