import type { ApiObject } from '../checker/objects.ts';

/** What shows how often something was done to a namespace's objects, beyond how they are in the end. */
export interface Counts {
  /** how often the Deployment's controller was given another number of pods: each time it changes its ReplicaSet */
  generation: number;
  /** of what object-delete deletes, by kind and name */
  uids: Record<string, string>;
  pods: string[];
  restarts: number;
}

interface PodStatus {
  containerStatuses?: { restartCount: number }[];
}

export function countsOf(objects: readonly ApiObject[], namespace: string): Counts {
  const own = objects.filter(({ metadata }) => metadata.namespace === namespace);
  const pods = own.filter(({ kind }) => kind === 'Pod');
  const deletable = own.filter(
    ({ kind, metadata }) => (kind === 'ConfigMap' && metadata.name === 'settings') || (kind === 'Service' && metadata.name === 'web'),
  );
  return {
    generation: own.filter(({ kind }) => kind === 'ReplicaSet').reduce((sum, { metadata }) => sum + (metadata.generation ?? 0), 0),
    uids: Object.fromEntries(deletable.map(({ kind, metadata }) => [kind, metadata.uid])),
    pods: pods.map(({ metadata }) => metadata.uid).sort(),
    restarts: pods
      .flatMap(({ status }) => ((status ?? {}) as PodStatus).containerStatuses ?? [])
      .reduce((sum, { restartCount }) => sum + restartCount, 0),
  };
}

/** Whether the controllers of a namespace's Deployments have taken note of them as they are: what they do for it is done then. */
export function isNoted(objects: readonly ApiObject[], namespace: string): boolean {
  return objects
    .filter(({ kind, metadata }) => kind === 'Deployment' && metadata.namespace === namespace)
    .every(({ metadata, status }) => status?.observedGeneration === metadata.generation);
}

/** What was done more often than once, as sentences; empty: nothing. */
export function doneTwice(options: {
  fault: string;
  before: Counts;
  after: Counts;
  /** pods that were seen meanwhile */
  podsSeen: ReadonlySet<string>;
  /** uids of deletable objects seen meanwhile */
  uidsSeen: ReadonlySet<string>;
  /** times a fault of an instant was done by the run's own word */
  turns: number;
  /** main processes of the lane's containers that the soak itself killed */
  ownKills: number;
}): string[] {
  const { fault, before, after, turns } = options;
  const found: string[] = [];
  const changes = after.generation - before.generation;
  if (fault === 'workload-scale' && changes > 2) found.push(`the Deployment was scaled ${changes} times, expected 2: there and back`);
  if (fault !== 'workload-scale' && changes > 0) found.push(`the Deployment was scaled ${changes} times, expected never`);
  const strangers = [...options.uidsSeen].filter((uid) => !Object.values(before.uids).includes(uid));
  if (strangers.length > (fault === 'object-delete' ? 1 : 0)) found.push(`objects were created ${strangers.length} times anew`);
  if (fault === 'pod-delete') {
    const created = new Set([...options.podsSeen, ...after.pods].filter((uid) => !before.pods.includes(uid))).size;
    if (created > turns) found.push(`${created} pods were created anew, expected ${turns}: one for each turn`);
  }
  if (fault === 'container-kill') {
    const restarts = after.restarts - before.restarts - options.ownKills;
    if (restarts > turns) found.push(`containers restarted ${restarts} times, expected ${turns}`);
  }
  return found;
}

/** What changed although no run went on; empty: nothing. */
export function changedBetween(before: Counts, after: Counts): string[] {
  const found: string[] = [];
  if (after.generation !== before.generation) found.push("the Deployment was scaled after the run's verdict");
  for (const [kind, uid] of Object.entries(before.uids))
    if (after.uids[kind] !== uid) found.push(`${kind} was created anew after the run's verdict`);
  return found;
}
