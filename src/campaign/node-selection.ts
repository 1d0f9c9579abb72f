import type { Selection } from '../contracts/campaign.ts';
import type { InventoryNode, NodeTarget, Refusal } from '../contracts/plan.ts';
import { matchesLabels } from './label-selector.ts';
import { byName, type Choosing, drawn, isOnMatchingNode, placeOf, type SelectablePod } from './selection.ts';

export type SelectedNodes = { ok: true; chosen: InventoryNode[] } | { ok: false; refusal: Refusal };

/**
 * The nodes a selection means. Without any filter of nodes, or with one of pods, those the workload's matching pods
 * run on; then `count` or `percent` choose, by seed. Sorted by name.
 */
export function selectNodes(
  nodes: readonly InventoryNode[],
  pods: readonly SelectablePod[],
  selection: Selection,
  choosing: Choosing,
): SelectedNodes {
  const { key, of = 'the target' } = choosing;
  const refuse = (code: string, message: string): SelectedNodes => ({ ok: false, refusal: { code, subject: key, message } });
  const { role, names, selector, count, percent } = selection;
  const unknown = selection.nodes?.filter((name) => !nodes.some((node) => node.name === name)) ?? [];
  if (unknown.length > 0) {
    return refuse(
      'no-such-node',
      `${unknown.join(', ')}: not among the cluster's nodes, which are ${nodes.map(({ name }) => name).join(', ')}`,
    );
  }
  const noSuchPods = names?.filter((name) => !pods.some((pod) => pod.name === name)) ?? [];
  if (noSuchPods.length > 0) {
    return refuse(
      'no-such-pod',
      `${noSuchPods.join(', ')}: not among the pods of ${of}, which are ${pods.map(({ name }) => name).join(', ')}`,
    );
  }
  const byPods = role !== undefined || names !== undefined || selector !== undefined;
  const place = placeOf(selection);
  const matching = nodes.filter((node) => isOnMatchingNode(node.name, selection, nodes));
  const hosts = new Set(
    pods
      .filter(
        (pod) =>
          (names === undefined || names.includes(pod.name)) &&
          (role === undefined || pod.role === role) &&
          (selector === undefined || matchesLabels(selector, pod.labels)),
      )
      .map(({ node }) => node),
  );
  const allowed = byPods || place === '' ? matching.filter(({ name }) => hosts.has(name)) : matching;
  const state = `${allowed.length} of the cluster's ${nodes.length} nodes ${[place === '' ? '' : `are ${place}`, byPods || place === '' ? `run such pods of ${of}` : ''].filter(Boolean).join(' and ')}`;
  if (allowed.length === 0) return refuse('no-match', `${state}: nothing to act on`);
  if (count !== undefined && count > allowed.length) return refuse('too-few-nodes', `${state}; count ${count} asked`);
  const size = count ?? (percent === undefined ? allowed.length : Math.max(1, Math.ceil((allowed.length * percent) / 100)));
  return { ok: true, chosen: drawn(allowed, choosing).slice(0, size).sort(byName) };
}

/** A node as a target. */
export function nodeTarget({ name, uid, ip, zone }: InventoryNode): NodeTarget {
  return { kind: 'node', node: name, uid, ip, zone };
}
