import type { Reverted } from '../../contracts/evidence.ts';
import type { FaultInstance } from '../../contracts/plan.ts';
import { ClusterError } from '../../kubernetes/cluster.ts';
import type { FaultContext } from '../verbs.ts';
import { readUndone, type UndoneTarget } from './undone-event.ts';

/**
 * An undo that found its work done says who did it: where the cluster remembers that the janitor undid a target, it was
 * the janitor, then. Whoever may not read events of the namespace is not told.
 */
export async function attributed(context: FaultContext, fault: FaultInstance, reverted: Reverted): Promise<Reverted> {
  if (!reverted.perTarget.some(({ by }) => by === 'workflow')) return reverted;
  let undone: UndoneTarget[];
  try {
    undone = await readUndone(context, fault);
  } catch (error) {
    if (error instanceof ClusterError && error.status === 403) return reverted;
    throw error;
  }
  return attribute(reverted, undone);
}

/** The same, from what was read. */
export function attribute(reverted: Reverted, undone: readonly UndoneTarget[]): Reverted {
  if (undone.length === 0) return reverted;
  const perTarget = reverted.perTarget.map((entry) => {
    const found = undone.find(({ target }) => target === entry.target || target === '*');
    if (entry.by !== 'workflow' || found === undefined) return entry;
    return { ...entry, by: 'janitor' as const, at: found.at, detail: `undone by the janitor: ${found.detail}; ${entry.detail}` };
  });
  const last = perTarget.toSorted((a, b) => a.at - b.at).at(-1);
  return last === undefined ? reverted : { ...reverted, revertedAt: last.at, revertedBy: last.by, perTarget };
}
