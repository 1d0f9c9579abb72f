import { createHash } from 'node:crypto';
import type { Selection } from '../contracts/campaign.ts';
import type { Inventory, InventoryNode, InventoryPod, PodTarget, Refusal } from '../contracts/plan.ts';
import { matchesLabels } from './label-selector.ts';

export type SelectablePod = InventoryPod & { role: PodTarget['role'] };

export interface Choosing {
  seed: string;
  /** tells choices from the same seed apart: the experiment's name */
  key: string;
  /** never chosen; refused when they are named */
  protectedPods: readonly string[];
  /** what the pods are the pods of, for messages: a workload or a label selector */
  of?: string;
}

export type Selected = { ok: true; chosen: SelectablePod[] } | { ok: false; refusal: Refusal };

/** The inventory's pods with the role their application gives them; null: none, or it could not be asked. */
export function selectablePods(inventory: Inventory): SelectablePod[] {
  const roles = new Map(inventory.application?.instances.map(({ pod, role }) => [pod, role]));
  return inventory.pods.map((pod) => {
    const role = roles.get(pod.name);
    return { ...pod, role: role === 'primary' ? 'redis-primary' : role === 'replica' ? 'redis-replica' : null };
  });
}

/**
 * The pods a selection means. Filters narrow one after another; then `count` or `percent` choose by seed:
 * the same seed, key and names of pods give the same choice, in whatever order the pods come. Sorted by name.
 */
export function selectPods(
  pods: readonly SelectablePod[],
  selection: Selection,
  choosing: Choosing,
  nodes: readonly InventoryNode[] = [],
): Selected {
  const { key, protectedPods, of = 'the target' } = choosing;
  const refuse = (code: string, message: string): Selected => ({ ok: false, refusal: { code, subject: key, message } });
  const { role, names, selector, count, percent } = selection;

  const unknown = names?.filter((name) => !pods.some((pod) => pod.name === name)) ?? [];
  if (unknown.length > 0) {
    const there = pods.map((pod) => pod.name).sort();
    return refuse('no-such-pod', `${unknown.join(', ')}: not among the ${pods.length} pods of ${of}, which are ${there.join(', ')}`);
  }
  const shielded = names?.filter((name) => protectedPods.includes(name)) ?? [];
  if (shielded.length > 0) return refuse('protected-pod', `${shielded.join(', ')}: named as a target, and protected by the policy`);
  if (role !== undefined && pods.every((pod) => pod.role === null)) {
    return refuse('no-roles', `no pod of ${of} is known to be redis with a role; role ${role} asked`);
  }

  const matching = pods.filter(
    (pod) =>
      (names === undefined || names.includes(pod.name)) &&
      (role === undefined || pod.role === role) &&
      (selector === undefined || matchesLabels(selector, pod.labels)) &&
      isOnMatchingNode(pod.node, selection, nodes),
  );
  const allowed = matching.filter((pod) => !protectedPods.includes(pod.name));
  const held = matching.length - allowed.length;
  const state = `${describeMatches(matching.length, pods.length, of, selection)}${held === 0 ? '' : `, ${held} of them protected by the policy`}`;
  if (names !== undefined && matching.length < names.length) {
    const others = names.filter((name) => !matching.some((pod) => pod.name === name));
    return refuse('no-match', `${others.join(', ')}: named, but ${describeMisses(selection)}`);
  }
  if (allowed.length === 0) return refuse('no-match', `${state}: nothing to act on`);
  if (count !== undefined && count > allowed.length) return refuse('too-few-pods', `${state}; count ${count} asked`);

  const size = count ?? (percent === undefined ? allowed.length : Math.max(1, Math.ceil((allowed.length * percent) / 100)));
  return { ok: true, chosen: drawn(allowed, choosing).slice(0, size).sort(byName) };
}

/** Whether a node's name is among those the selection's filters of nodes leave. */
export function isOnMatchingNode(name: string, { nodes: names, nodeSelector, zones }: Selection, nodes: readonly InventoryNode[]): boolean {
  if (names === undefined && nodeSelector === undefined && zones === undefined) return true;
  const node = nodes.find((candidate) => candidate.name === name);
  if (node === undefined) return false;
  return (
    (names === undefined || names.includes(name)) &&
    (nodeSelector === undefined || matchesLabels(nodeSelector, node.labels)) &&
    (zones === undefined || (node.zone !== null && zones.includes(node.zone)))
  );
}

/** In the order of the draw: the same seed, key and names give the same one. */
export function drawn<T extends { name: string }>(things: T[], { seed, key }: Pick<Choosing, 'seed' | 'key'>): T[] {
  const lots = new Map(
    things.map((thing) => [
      thing,
      createHash('sha256')
        .update(JSON.stringify([seed, key, thing.name]))
        .digest('hex'),
    ]),
  );
  return [...things].sort((a, b) => ((lots.get(a) ?? '') < (lots.get(b) ?? '') ? -1 : 1));
}

export function byName(a: { name: string }, b: { name: string }): number {
  return a.name < b.name ? -1 : 1;
}

function describeMatches(matches: number, all: number, of: string, selection: Selection): string {
  const { role, selector } = selection;
  const places = placeOf(selection);
  const filters = [
    role === undefined ? undefined : `are ${role}`,
    selector === undefined ? undefined : `match ${selector}`,
    places === '' ? undefined : `are on ${places}`,
  ];
  const narrowed = filters.filter((filter) => filter !== undefined).join(' and ');
  return narrowed === '' ? `there are ${all} pods of ${of}` : `${matches} of the ${all} pods of ${of} ${narrowed}`;
}

/** The selection's filters of nodes in words; empty: there are none. */
export function placeOf({ nodes, nodeSelector, zones }: Selection): string {
  const parts = [
    nodes === undefined ? undefined : nodes.join(', '),
    nodeSelector === undefined ? undefined : `nodes with ${nodeSelector}`,
    zones === undefined ? undefined : `zone ${zones.join(', ')}`,
  ];
  return parts.filter((part) => part !== undefined).join(' and ');
}

function describeMisses(selection: Selection): string {
  const { role, selector } = selection;
  const place = placeOf(selection);
  const misses = [
    role === undefined ? undefined : `not ${role}`,
    selector === undefined ? undefined : `not matched by ${selector}`,
    place === '' ? undefined : `not on ${place}`,
  ];
  return misses.filter((miss) => miss !== undefined).join(' or ');
}
