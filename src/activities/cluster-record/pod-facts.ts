import type { V1ContainerStatus, V1Pod } from '@kubernetes/client-node';
import type { ContainerFacts, PodFacts } from '../../contracts/cluster-record.ts';

const kept = new Set(['Ready', 'PodScheduled', 'DisruptionTarget']);
const longestMessage = 200;

export function podFacts({ metadata, spec, status }: V1Pod, zones: ReadonlyMap<string, string>): PodFacts {
  const node = spec?.nodeName ?? null;
  const deletedAt = iso(metadata?.deletionTimestamp);
  return {
    name: metadata?.name ?? '',
    uid: metadata?.uid ?? '',
    node,
    zone: (node === null ? undefined : zones.get(node)) ?? null,
    phase: status?.phase ?? 'Unknown',
    createdAt: iso(metadata?.creationTimestamp) ?? '',
    ...(deletedAt !== null && { deletedAt }),
    conditions: (status?.conditions ?? [])
      .filter(({ type }) => kept.has(type))
      .map(({ type, status: value, lastTransitionTime, reason, message }) => ({
        type,
        status: value,
        at: iso(lastTransitionTime),
        ...(reason !== undefined && { reason }),
        ...(message !== undefined && { message: message.slice(0, longestMessage) }),
      })),
    containers: (status?.containerStatuses ?? []).map(containerFacts),
  };
}

function containerFacts({ name, ready, restartCount, state, lastState }: V1ContainerStatus): ContainerFacts {
  const { waiting } = state ?? {};
  // One that ended and was not restarted yet has its end in its present state.
  const ended = state?.terminated ?? lastState?.terminated;
  return {
    name,
    ready,
    restarts: restartCount,
    startedAt: iso(state?.running?.startedAt),
    waiting: waiting === undefined ? null : { reason: waiting.reason ?? '', message: (waiting.message ?? '').slice(0, longestMessage) },
    ended:
      ended === undefined
        ? null
        : {
            reason: ended.reason ?? '',
            exitCode: ended.exitCode,
            startedAt: iso(ended.startedAt),
            finishedAt: iso(ended.finishedAt),
          },
  };
}

function iso(time: Date | undefined): string | null {
  return time === undefined ? null : new Date(time).toISOString();
}

const mostPods = 40;

/** Those that something happened to come first: the others are what is left out of many. */
export function boundPods(pods: PodFacts[], since: number): { pods: PodFacts[]; leftOut: number } {
  const touched = (pod: PodFacts) =>
    !pod.containers.every(({ ready }) => ready) ||
    Date.parse(pod.createdAt) >= since ||
    pod.containers.some(({ ended }) => Date.parse(ended?.finishedAt ?? '') >= since);
  const inOrder = [...pods.filter(touched), ...pods.filter((pod) => !touched(pod))];
  return { pods: inOrder.slice(0, mostPods), leftOut: Math.max(0, pods.length - mostPods) };
}
