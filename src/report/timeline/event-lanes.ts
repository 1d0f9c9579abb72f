import type { ClusterEvent } from '../../contracts/cluster-record.ts';
import type { ExperimentReport } from '../../contracts/report.ts';

/** Events of the cluster about objects of one kind. */
export interface EventLane {
  kind: string;
  events: { at: number; isWarning: boolean; object: string; reason: string; message: string; count: number }[];
}

const mostLanes = 5;

/** Of each kind of object a lane, those with the most events first; the rest share the last. */
export function eventLanes(experiments: readonly ExperimentReport[], { from, to }: { from: number; to: number }): EventLane[] {
  const all = distinct(experiments.flatMap(({ clusterEvents = [] }) => clusterEvents));
  const shown = all.filter(({ at }) => Date.parse(at) >= from && Date.parse(at) <= to);
  const byKind = [...Map.groupBy(shown, ({ kind }) => kind)].toSorted(
    ([a, one], [b, other]) => other.length - one.length || (a < b ? -1 : 1),
  );
  const alone = byKind.length > mostLanes ? byKind.slice(0, mostLanes - 1) : byKind;
  const rest = byKind.slice(alone.length).flatMap(([, events]) => events);
  return [...alone, ...(rest.length === 0 ? [] : [['others', rest] as const])].map(([kind, events]) => ({
    kind,
    events: events.map(drawn).toSorted((a, b) => a.at - b.at),
  }));
}

function drawn({ at, type, kind, name, cluster: _, reason, message, count }: ClusterEvent): EventLane['events'][number] {
  return { at: Date.parse(at), isWarning: type === 'Warning', object: `${kind}/${name}`, reason, message, count };
}

/** Experiments in a row may tell of the same event. */
function distinct(events: readonly ClusterEvent[]): ClusterEvent[] {
  const keyOf = ({ cluster, kind, namespace, name, reason, at, message }: ClusterEvent) =>
    JSON.stringify([cluster, kind, namespace, name, reason, at, message]);
  return [...new Map(events.map((event) => [keyOf(event), event])).values()];
}
