import type { ReadBack, Reverted } from '../contracts/evidence.ts';
import type { FaultInstance } from '../contracts/plan.ts';
import type { RunMetrics } from './run-metrics.ts';

/** An attempt to undo a fault, or to prove it undone, of which the metrics tell whether it failed. A read-back that finds the fault has failed. */
export async function countedUndo<T extends Reverted | ReadBack>(
  metrics: RunMetrics,
  fault: FaultInstance,
  attempt: () => Promise<T>,
): Promise<T> {
  try {
    const result = await attempt();
    if ('ok' in result && result.ok) metrics.undone(fault);
    else if ('ok' in result) metrics.undoFailed(fault);
    return result;
  } catch (error) {
    metrics.undoFailed(fault);
    throw error;
  }
}
