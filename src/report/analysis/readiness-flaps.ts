import type { ClusterRecord, PodFacts } from '../../contracts/cluster-record.ts';
import { eventLine, specLine } from './evidence-line.ts';
import { found, nothing, type Rule, ruledOut } from './rule.ts';

const fewest = 3;

/** A pod that runs on, and is taken from its Services and put back again. */
export const readinessFlaps: Rule = {
  name: 'readiness-flaps',
  looksAt: "events of the kubelet's about readiness probes of containers that ran all along",
  finds: `A readiness probe failed ${fewest} times or more in a container that neither ended nor began during the experiment.`,
  fix: 'Which of the probe to change.',
  conclude({ evidence, experiment }) {
    const record = evidence.clusterRecord;
    if (record === undefined || evidence.injected === null) return nothing;
    const since = new Date(evidence.injected.injectedAt).toISOString();
    const flapping = record.pods.flatMap((pod) => {
      if (!ranAllAlong(pod, since)) return [];
      const events = record.events.filter(
        ({ name, reason, message, at }) =>
          name === pod.name && reason === 'Unhealthy' && message.startsWith('Readiness') && at >= since.slice(0, 19),
      );
      const count = events.reduce((total, event) => total + event.count, 0);
      return count >= fewest ? [{ pod, events, count }] : [];
    });
    if (flapping.length === 0)
      return record.gaps.some((gap) => gap.startsWith('events:'))
        ? nothing
        : ruledOut('no readiness probe failed again and again in a container that ran');
    return found(
      ...flapping.map(({ pod, events, count }) => ({
        rule: 'readiness-flaps',
        severity: experiment.verdict === 'Passed' ? ('info' as const) : ('warning' as const),
        title: `${experiment.name}: the readiness probe of ${pod.name} failed ${count} times, and its container ran all along`,
        evidence: [...events.map(eventLine), ...readyLine(pod), ...probeLines(record)],
        fix: 'Each failure over the failureThreshold takes the pod from its Services, and its clients to others. Where the pod can serve slowly, raise timeoutSeconds; where it fails for a moment, raise failureThreshold.',
      })),
    );
  },
};

function ranAllAlong({ containers, deletedAt }: PodFacts, since: string): boolean {
  return (
    deletedAt === undefined &&
    containers.every(({ startedAt, ended }) => startedAt !== null && startedAt < since && (ended?.finishedAt ?? '') < since)
  );
}

function readyLine({ name, conditions }: PodFacts): string[] {
  return conditions
    .filter(({ type, at }) => type === 'Ready' && at !== null)
    .map(({ at, status }) => `${at} status of pod/${name}: Ready became ${status} for the last time`);
}

function probeLines(record: ClusterRecord): string[] {
  return (record.workload?.containers ?? []).flatMap(({ name, readiness }) =>
    readiness === null
      ? []
      : [
          specLine(
            record,
            `readinessProbe of container ${name}: ${readiness.how}, timeoutSeconds ${readiness.timeoutSeconds}, periodSeconds ${readiness.periodSeconds}, failureThreshold ${readiness.failureThreshold}`,
          ),
        ],
  );
}
