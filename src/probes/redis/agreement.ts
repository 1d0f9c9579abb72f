import type { GroupView, RedisPod, SeenInstance } from './group.ts';
import { mapHostToPod } from './hosts.ts';

/** The pod that more than half of the Sentinels that answer name as the primary; undefined: they do not agree, or none answers. */
export function namedBySentinels({ sentinels }: GroupView): RedisPod | undefined {
  const answering = sentinels.filter(({ master }) => master !== null);
  const pods = answering.flatMap(({ primary }) => primary ?? []);
  return pods.find((pod) => pods.filter(({ uid }) => uid === pod.uid).length * 2 > answering.length);
}

/** The current primary: as Sentinel names it or, where none answers, the only one that says so itself. Throws an Error that says why there is none. */
export function primaryOf(view: GroupView): RedisPod {
  if (view.sentinels.some(({ master }) => master !== null)) {
    const named = namedBySentinels(view);
    if (named !== undefined) return named;
    throw new Error(`Sentinels name no primary together: ${view.sentinels.map(describeSentinel).join(', ')}`);
  }
  const primaries = view.instances.filter(({ role, at }) => role === 'primary' && !at.terminating);
  const [primary] = primaries;
  if (primary === undefined) throw new Error(`no primary among ${describeInstances(view.instances)}`);
  if (primaries.length > 1) throw new Error(`${primaries.length} of ${view.instances.length} pods are primaries: ${names(primaries)}`);
  return primary.at;
}

/** What keeps a replica from following the primary; undefined: it follows. */
export function notFollowing(instance: SeenInstance, primary: RedisPod, view: GroupView): string | undefined {
  const { pod, role, primaryHost, linkUp } = instance;
  if (role === 'unreachable') return `${pod} is unreachable (${instance.error})`;
  if (role === 'primary') return `${pod} says it is a primary, expected a replica of ${primary.name}`;
  const pods = view.instances.map(({ at }) => at);
  const followed = primaryHost === null ? undefined : mapHostToPod(primaryHost, pods);
  if (followed?.uid !== primary.uid) return `${pod} replicates from ${primaryHost}, expected ${primary.name}`;
  return linkUp ? undefined : `${pod} has lost its link to ${primary.name}`;
}

/** The host that all of them are replicas of and that is none of them, for example in another cluster; undefined: there is none. */
function primaryElsewhere({ instances, sentinels }: GroupView): string | undefined {
  if (sentinels.length > 0) return undefined;
  const live = instances.filter(({ at }) => !at.terminating);
  const [host, ...others] = new Set(live.map(({ role, primaryHost }) => (role === 'replica' ? primaryHost : null)));
  if (host === undefined || host === null || others.length > 0) return undefined;
  const pods = instances.map(({ at }) => at);
  return mapHostToPod(host, pods) === undefined ? host : undefined;
}

/** What keeps a group from replicating as it should; empty: nothing. Pods that terminate are no part of it. */
export function replicationProblems(view: GroupView): string[] {
  const instances = view.instances.filter(({ at }) => !at.terminating);
  const primaries = instances.filter(({ role }) => role === 'primary');
  const [primary] = primaries;
  const elsewhere = primaryElsewhere(view);
  if (elsewhere !== undefined) {
    return instances
      .filter(({ linkUp }) => linkUp !== true)
      .map(({ pod }) => `${pod} has lost its link to ${elsewhere}, which is none of these pods`);
  }
  if (primary === undefined) return [`no primary among ${describeInstances(instances)}`, ...sentinelProblems(view, undefined)];
  if (primaries.length > 1) {
    const stray = primaries.length === instances.length ? ': replication is not configured' : ` (${names(primaries)})`;
    return [`${primaries.length} of ${instances.length} pods are primaries${stray}`];
  }
  const replicas = instances.filter((instance) => instance !== primary);
  const strays = replicas.flatMap((instance) => notFollowing(instance, primary.at, view) ?? []);
  return [...strays, ...sentinelProblems(view, primary.at)];
}

function sentinelProblems({ sentinels }: GroupView, primary: RedisPod | undefined): string[] {
  if (sentinels.length === 0) return [];
  const answering = sentinels.flatMap((sentinel) => (sentinel.master === null ? [] : [{ ...sentinel, master: sentinel.master }]));
  const [first] = answering;
  if (first === undefined) return [`no Sentinel answers: ${sentinels.map(describeSentinel).join(', ')}`];
  if (primary === undefined) return [];
  const others = answering.filter((sentinel) => sentinel.primary?.uid !== primary.uid);
  const down = answering.filter(({ master }) => master.flags.some((flag) => flag === 's_down' || flag === 'o_down'));
  const agreeing = answering.length - others.length;
  return [
    ...others.map((sentinel) => `${describeSentinel(sentinel)}, expected ${primary.name}`),
    ...down.map(({ pod, master }) => `Sentinel ${pod} holds the primary for down (${master.flags.join(',')})`),
    ...(agreeing < first.master.quorum ? [`${agreeing} Sentinels name ${primary.name}, its quorum is ${first.master.quorum}`] : []),
  ];
}

function describeSentinel({ pod, master, error }: GroupView['sentinels'][number]): string {
  return master === null ? `Sentinel ${pod} does not answer (${error})` : `Sentinel ${pod} names ${master.host}`;
}

function describeInstances(instances: SeenInstance[]): string {
  const list = instances.map(({ pod, role, error }) => `${pod} (${error ?? role})`).join(', ');
  return `${instances.length} pods${list === '' ? '' : `: ${list}`}`;
}

function names(instances: SeenInstance[]): string {
  return instances.map(({ pod }) => pod).join(', ');
}
