import type { V1Pod } from '@kubernetes/client-node';
import type { ProbeSpec, WorkloadKind } from '../contracts/campaign.ts';
import { isReady } from '../kubernetes/is-ready.ts';
import { isOwnedBy, ownerKind } from '../kubernetes/pod-owner.ts';
import type { OpenProbe, ProbeContext } from './probe.ts';
import { takeSample } from './take-sample.ts';

const kinds = ['StatefulSet', 'Deployment', 'DaemonSet'] as const satisfies WorkloadKind[];

/** Succeeds while as many pods as the workload wants are there, all Ready and none terminating. */
export function openPodsReadyProbe(spec: ProbeSpec, { cluster, namespace, selector }: ProbeContext): OpenProbe {
  // Pods that no workload wants back are counted as they were first seen.
  let firstSeen: number | undefined;
  // Only what the pods are of is asked for: a worker need not have the right to list the others.
  const seen = new Set<WorkloadKind>();

  async function wanted(pods: V1Pod[], signal: AbortSignal): Promise<number> {
    for (const kind of kinds) if (pods.some((pod) => ownerKind(pod) === kind)) seen.add(kind);
    const asked = seen.size === 0 && pods.length === 0 ? kinds : [...seen];
    const workloads = (await Promise.all(asked.map((kind) => cluster.listWorkloads(namespace, kind, undefined, signal)))).flat();
    const ours = workloads.filter((workload) => workload.selector === selector || pods.some((pod) => isOwnedBy(pod, workload)));
    firstSeen ??= pods.length;
    return ours.length === 0 ? firstSeen : ours.reduce((sum, workload) => sum + workload.replicas, 0);
  }

  return {
    unit: '',
    reach: 'api',
    sample: (signal) =>
      takeSample(spec, signal, async (either) => {
        const pods = (await cluster.listPods(namespace, selector, either)).filter(({ status }) => status?.phase !== 'Succeeded');
        const problem = missing(pods, await wanted(pods, either));
        if (problem !== undefined) throw new Error(problem);
        return undefined;
      }),
    detail: () => ({ selector }),
    async [Symbol.asyncDispose]() {},
  };
}

/** What keeps the pods from being all there; undefined: nothing. */
export function missing(pods: V1Pod[], wanted: number): string | undefined {
  const terminating = pods.filter(({ metadata }) => metadata?.deletionTimestamp !== undefined);
  const live = pods.filter((pod) => !terminating.includes(pod));
  const unready = live.filter((pod) => !isReady(pod));
  const problems = [
    ...(live.length === wanted ? [] : [`${live.length} pods, expected ${wanted}`]),
    ...(unready.length === 0 ? [] : [`not Ready: ${unready.map(describe).join(', ')}`]),
    ...(terminating.length === 0 ? [] : [`terminating: ${terminating.map(({ metadata }) => metadata?.name).join(', ')}`]),
    ...(pods.length === 0 && wanted === 0 ? ['no pods'] : []),
  ];
  return problems.length === 0 ? undefined : problems.join('; ');
}

function describe({ metadata, status }: V1Pod): string {
  const waiting = status?.containerStatuses?.find(({ state }) => state?.waiting?.reason !== undefined)?.state?.waiting?.reason;
  return `${metadata?.name} (${waiting ?? status?.phase ?? 'unknown'})`;
}
