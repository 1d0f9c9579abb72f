import type { ClusterEvent, ClusterRecord, ContainerFacts, PodFacts } from '../../contracts/cluster-record.ts';

/** Lines of evidence: each with its time, where it has one, and its source. */

export function eventLine({ at, firstAt, kind, name, reason, message, count }: ClusterEvent): string {
  const often = count > 1 ? ` (${count} times${firstAt === undefined ? '' : ` since ${firstAt}`})` : '';
  return `${at} event ${reason} of ${kind.toLowerCase()}/${name}${often}: ${oneLine(message)}`;
}

/** How a container ended last. */
export function endedLine(pod: PodFacts, { name, ended, restarts }: ContainerFacts): string {
  if (ended === null) return `status of pod/${pod.name}: container ${name} has not ended, ${restarts} restarts`;
  return `${ended.finishedAt ?? 'at an unknown time'} status of pod/${pod.name}: container ${name} ended with exit code ${ended.exitCode} (${ended.reason}), ${restarts} restarts`;
}

/** Something of the workload's specification. */
export function specLine({ workload }: ClusterRecord, text: string): string {
  return `spec of ${workload === null ? 'the workload' : `${workload.kind.toLowerCase()}/${workload.name}`}: ${text}`;
}

export function sentinelLine({ at, pod, line }: { at: string; pod: string; line: string }): string {
  return `${at} sentinel ${pod}: ${line}`;
}

function oneLine(text: string): string {
  return text.trim().replaceAll(/\s*\n\s*/g, ' / ');
}
