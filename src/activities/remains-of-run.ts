import { faultsOfRun, undoRun } from '../sweep/faults-of-run.ts';
import type { Dependencies } from './dependencies.ts';
import { faultContext } from './fault-context.ts';

/**
 * What of a run that is over is still in the cluster: undone here, and proven gone by being asked again. Also what cannot be
 * read: a fault may hide there. Looks at the run's namespace, and at nodes.
 */
export async function remainsOfRun(
  deps: Dependencies,
  cluster: string,
  namespace: string,
  runId: string,
  signal: AbortSignal,
): Promise<string[]> {
  const context = faultContext(cluster, deps, signal);
  const { left, unread } = await faultsOfRun(context, runId, { namespace });
  if (left.length > 0) await undoRun(context, runId, { namespace });
  return [
    ...left.map(({ where, kind }) => `${kind} at ${where} was undone, and is still to be proven gone`),
    ...unread.map(({ where, kind, evidence }) => `${kind} at ${where} cannot be read: ${evidence}`),
  ];
}
