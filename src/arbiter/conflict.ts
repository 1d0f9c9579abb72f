import type { HoldScope } from '../contracts/arbiter.ts';

/**
 * What two runs would both act on, in words; null: nothing, they may go on side by side. A run that takes a node takes
 * the pods on it.
 */
export function conflict(a: HoldScope, b: HoldScope): string | null {
  if (a.workload !== null && a.workload === b.workload) return a.workload;
  return (
    shared(a.objects, b.objects, '') ??
    shared(a.pods, b.pods, 'pod ') ??
    shared(a.nodes, b.nodes, 'node ') ??
    shared(a.nodes, b.podNodes, 'node ') ??
    shared(a.podNodes, b.nodes, 'node ')
  );
}

function shared(a: readonly string[], b: readonly string[], what: string): string | null {
  if (a.length === 0 || b.length === 0) return null;
  const others = new Set(b);
  const found = a.find((name) => others.has(name));
  return found === undefined ? null : `${what}${found}`;
}
