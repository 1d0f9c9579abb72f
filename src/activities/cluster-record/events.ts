import type { CoreV1Event, KubernetesObject } from '@kubernetes/client-node';
import type { ClusterEvent } from '../../contracts/cluster-record.ts';
import type { Cluster } from '../../kubernetes/cluster.ts';

const longestMessage = 300;

/** Which events belong to a workload. */
export interface EventScope {
  namespace: string;
  /** ms since the epoch */
  since: number;
  /** of pods, owners, claims and budgets: exact names */
  names: ReadonlySet<string>;
  /** the workload's name: what begins with it and a hyphen is one of its pods, replica sets or claims */
  workload: string | null;
}

/** Events of the namespace about the workload, in the order of time. */
export async function readEvents(cluster: Cluster, scope: EventScope, signal: AbortSignal): Promise<ClusterEvent[]> {
  const keep = (object: KubernetesObject) => isOf(object as CoreV1Event, scope);
  const events = await cluster.listObjects({ apiVersion: 'v1', kind: 'Event', namespace: scope.namespace, keep }, signal);
  return inOrder(events.map((event) => clusterEvent(event as CoreV1Event, cluster.name)));
}

/** Events about nodes. Kubernetes keeps them in the namespace default. */
export async function readNodeEvents(
  cluster: Cluster,
  { since, nodes }: { since: number; nodes: ReadonlySet<string> },
  signal: AbortSignal,
): Promise<ClusterEvent[]> {
  const keep = (object: KubernetesObject) => {
    const event = object as CoreV1Event;
    return nodes.has(event.involvedObject.name ?? '') && lastAt(event) >= since;
  };
  const query = { apiVersion: 'v1', kind: 'Event', namespace: 'default', fieldSelector: 'involvedObject.kind=Node', keep };
  const events = await cluster.listObjects(query, signal);
  return inOrder(events.map((event) => clusterEvent(event as CoreV1Event, cluster.name)));
}

function isOf(event: CoreV1Event, { since, names, workload }: EventScope): boolean {
  const { name = '' } = event.involvedObject;
  const known =
    names.has(name) || (workload !== null && (name === workload || name.startsWith(`${workload}-`) || name.endsWith(`-${workload}`)));
  return (known || (workload !== null && isClaimOf(event, workload))) && lastAt(event) >= since;
}

/** A claim of a StatefulSet's is named after its template, then the pod. */
function isClaimOf({ involvedObject: { kind, name = '' } }: CoreV1Event, workload: string): boolean {
  return kind === 'PersistentVolumeClaim' && name.includes(`-${workload}-`);
}

function lastAt({ lastTimestamp, series, eventTime, metadata }: CoreV1Event): number {
  return ms(series?.lastObservedTime) || ms(lastTimestamp) || ms(eventTime) || ms(metadata.creationTimestamp);
}

/** A date, a time of its own class, or text, as the library parses it; 0: none. */
function ms(time: unknown): number {
  if (time === undefined || time === null) return 0;
  const at = time instanceof Date ? time.getTime() : Date.parse(String(time));
  return Number.isNaN(at) ? 0 : at;
}

function clusterEvent(event: CoreV1Event, cluster: string): ClusterEvent {
  const { involvedObject, type, reason = '', message = '', series, count } = event;
  const last = lastAt(event);
  const first = ms(event.firstTimestamp) || ms(event.eventTime) || last;
  return {
    at: new Date(last).toISOString(),
    ...(first < last && { firstAt: new Date(first).toISOString() }),
    cluster,
    kind: involvedObject.kind ?? '',
    namespace: involvedObject.namespace ?? '',
    name: involvedObject.name ?? '',
    type: type === 'Warning' ? 'Warning' : 'Normal',
    reason,
    message: message.length > longestMessage ? `${message.slice(0, longestMessage)}…` : message,
    count: series?.count ?? count ?? 1,
  };
}

function inOrder(events: ClusterEvent[]): ClusterEvent[] {
  return events.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}
