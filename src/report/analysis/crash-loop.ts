import type { ClusterRecord, ContainerFacts, PodFacts } from '../../contracts/cluster-record.ts';
import { endedLine, eventLine } from './evidence-line.ts';
import { found, nothing, type Rule, ruledOut } from './rule.ts';

/** A container that ran longer may have been ended by something else. */
const shortMs = 10_000;

/** A container that ends soon after each start: the kubelet waits longer and longer before it starts it again. */
export const crashLoop: Rule = {
  name: 'crash-loop',
  looksAt: "the pods' container statuses, and events with the reason BackOff",
  finds: 'A container ends again whenever it is started, with its exit code.',
  fix: 'The command that shows what it wrote before it ended.',
  conclude({ evidence, experiment }) {
    const record = evidence.clusterRecord;
    if (record === undefined || record.pods.length === 0) return nothing;
    const loops = record.pods.flatMap((pod) =>
      pod.containers
        .filter((container) => isLooping(record, pod, container, evidence.repetitions.length > 0))
        .map((container) => ({ pod, container })),
    );
    if (loops.length === 0) return ruledOut('no container was in a crash loop');
    return found(
      ...loops.map(({ pod, container }) => ({
        rule: 'crash-loop',
        severity: 'critical' as const,
        title: `${experiment.name}: container ${container.name} of ${pod.name} ends again whenever it is started, with exit code ${container.ended?.exitCode ?? 'unknown'}`,
        evidence: [
          endedLine(pod, container),
          ...record.events.filter(({ name, reason }) => name === pod.name && reason === 'BackOff').map(eventLine),
        ],
        fix: `What it wrote before it ended:\nkubectl -n ${record.namespace} logs ${pod.name} -c ${container.name} --previous`,
      })),
    );
  },
};

/** Between two of its ends a container may be Ready for a moment, which is when steady state may seem to be back. */
function isLooping({ events, from }: ClusterRecord, pod: PodFacts, container: ContainerFacts, killedAgain: boolean): boolean {
  const { name, waiting, ended, restarts } = container;
  const ofPod = events.filter((event) => event.name === pod.name);
  // Other rules name these causes.
  if (ended?.reason === 'OOMKilled' || ofPod.some(({ message }) => message.startsWith(`Container ${name} failed liveness probe`)))
    return false;
  if (waiting?.reason === 'CrashLoopBackOff') return !killedAgain;
  const backsOff = ofPod.some(({ reason, message }) => reason === 'BackOff' && message.includes(`failed container ${name} `));
  const lastedMs = Date.parse(ended?.finishedAt ?? '') - Date.parse(ended?.startedAt ?? '');
  return backsOff && restarts > 1 && (ended?.finishedAt ?? '') >= from && lastedMs < shortMs;
}
