import type { ClusterRecord } from './cluster-record.ts';
import type { ExperimentEvidence } from './evidence.ts';

/**
 * Records of all experiments of a run travel in one payload, together with all samples, and Temporal takes none above 2 MiB.
 * In characters of JSON.
 */
const mostOfRun = 600_000;

/**
 * The evidence as it is, or, of one of very many experiments, with as much of the cluster's record as there is room for beside what the
 * others have: without normal events, or without all that takes room. What is left out is counted, and named among the gaps.
 */
export function recordWithinRun(evidence: ExperimentEvidence, others: Iterable<ExperimentEvidence>): ExperimentEvidence {
  const { clusterRecord } = evidence;
  if (clusterRecord === undefined) return evidence;
  let room = mostOfRun;
  for (const { name, clusterRecord: other } of others) if (name !== evidence.name) room -= sizeOf(other);
  const fitting = [clusterRecord, withoutNormalEvents(clusterRecord)].find((record) => sizeOf(record) <= room);
  return { ...evidence, clusterRecord: fitting ?? bare(clusterRecord) };
}

function sizeOf(record: ClusterRecord | undefined): number {
  return record === undefined ? 0 : JSON.stringify(record).length;
}

const why = 'left out: the records of earlier experiments of the run take the room there is';

function withoutNormalEvents(record: ClusterRecord): ClusterRecord {
  const events = record.events.filter(({ type }) => type === 'Warning');
  return {
    ...record,
    events,
    eventsLeftOut: record.eventsLeftOut + record.events.length - events.length,
    gaps: [...record.gaps, `events: normal ones are ${why}`],
  };
}

function bare(record: ClusterRecord): ClusterRecord {
  const { cluster, namespace, from, to, events, eventsLeftOut, pods, podsLeftOut } = record;
  return {
    cluster,
    namespace,
    from,
    to,
    events: [],
    eventsLeftOut: eventsLeftOut + events.length,
    pods: [],
    podsLeftOut: podsLeftOut + pods.length,
    zones: null,
    workload: null,
    budgets: null,
    redis: null,
    throttling: null,
    gaps: [`events: all that the cluster told is ${why}`],
  };
}
