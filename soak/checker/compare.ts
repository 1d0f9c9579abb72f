import { isDeepStrictEqual } from 'node:util';
import { type ApiObject, nameOf } from './objects.ts';
import type { Sighting } from './sighting.ts';

const mark = /^squall\.dev\//;
/** What squall writes on an object that bears no fault any more, so that a late request to inject one is refused. */
const harmless = 'squall.dev/undone';

/** What differs between how the objects of some namespaces, and all nodes, were and how they are. */
export function compareObjects(before: readonly ApiObject[], now: readonly ApiObject[], namespaces: ReadonlySet<string>): Sighting[] {
  // A ReplicaSet is its Deployment's shadow: what is on one is on the other, or was.
  const isOurs = ({ kind, metadata }: ApiObject): boolean =>
    kind !== 'ReplicaSet' && (metadata.namespace === undefined || namespaces.has(metadata.namespace));
  const known = new Map(before.filter(isOurs).map((object) => [nameOf(object), object]));
  const there = new Map(now.filter(isOurs).map((object) => [nameOf(object), object]));
  const found: Sighting[] = [];
  for (const [name, object] of there) {
    found.push(...marksOf(name, object));
    if (object.kind === 'Node') found.push(...nodeSightings(known.get(name), object));
    else if (object.kind === 'Pod') found.push(...podSightings(name, object));
    else found.push(...changes(name, known.get(name), object));
  }
  for (const [name, object] of known) {
    // Pods come and go; that nodes are there is the lab's business.
    if (object.kind !== 'Pod' && object.kind !== 'Node' && !there.has(name)) found.push(seen('object', object, name, 'it is not there'));
  }
  return found;
}

function seen(kind: Sighting['kind'], object: ApiObject, place: string, detail: string): Sighting {
  return { kind, owner: object.metadata.namespace ?? object.metadata.name, place, detail };
}

function marksOf(name: string, object: ApiObject): Sighting[] {
  const keys = [...Object.keys(object.metadata.labels ?? {}), ...Object.keys(object.metadata.annotations ?? {})];
  return keys.filter((key) => mark.test(key) && key !== harmless).map((key) => seen('mark', object, `${name} ${key}`, 'it bears this'));
}

interface Taint {
  key: string;
  value?: string;
  effect: string;
}

function nodeSightings(before: ApiObject | undefined, node: ApiObject): Sighting[] {
  const found: Sighting[] = [];
  const name = nameOf(node);
  if (node.spec?.unschedulable === true && before?.spec?.unschedulable !== true) found.push(seen('cordon', node, name, 'it is cordoned'));
  const tell = ({ key, value = '', effect }: Taint): string => `${key}=${value}:${effect}`;
  const taintsOf = (object: ApiObject | undefined): string[] => ((object?.spec?.taints ?? []) as Taint[]).map(tell);
  const known = taintsOf(before);
  for (const taint of taintsOf(node)) {
    // Kubernetes itself taints a node that is not Ready, or cordoned.
    if (!known.includes(taint) && !taint.startsWith('node.kubernetes.io/'))
      found.push(seen('taint', node, `${name} ${taint}`, 'it was put on'));
  }
  for (const taint of known) if (!taintsOf(node).includes(taint)) found.push(seen('taint', node, `${name} ${taint}`, 'it was taken off'));
  return found;
}

/** Every pod here belongs to a workload: one that does not was put there by somebody. */
function podSightings(name: string, pod: ApiObject): Sighting[] {
  const owned = pod.metadata.ownerReferences?.some(({ controller }) => controller === true) === true;
  return owned ? [] : [seen('object', pod, name, 'a pod that belongs to no workload')];
}

function changes(name: string, before: ApiObject | undefined, now: ApiObject): Sighting[] {
  if (before === undefined) return [seen('object', now, name, 'it was not there before')];
  const differing = Object.entries(contentOf(now))
    .filter(([key, value]) => !isDeepStrictEqual(value, contentOf(before)[key]))
    .map(([key]) => key);
  return differing.length === 0 ? [] : [seen('object', now, name, `${differing.join(', ')} differ from what was deployed`)];
}

/** What an object's author says of it, with what a controller keeps in its annotations left out. */
function contentOf({ spec, data, metadata }: ApiObject): Record<string, unknown> {
  const annotations = Object.entries(metadata.annotations ?? {}).filter(
    ([key]) => !key.startsWith('deployment.kubernetes.io/') && key !== harmless,
  );
  return { spec, data, labels: metadata.labels ?? {}, annotations: Object.fromEntries(annotations) };
}
