import { getClient } from '@temporalio/activity';
import type { FindingState, JanitorReport, SweepReport } from '../contracts/sweep.ts';
import { isLeft, sweep } from '../sweep/sweep.ts';
import { temporalRunStates } from '../temporal/run-states.ts';
import type { Dependencies } from './dependencies.ts';
import { faultContext } from './fault-context.ts';

/** A history is to stay small, whatever is in the cluster. */
const mostTold = 100;

/** One sweep of the janitor's. @throws ClusterError when the cluster cannot be reached */
export async function sweepCluster(cluster: string, deps: Dependencies, signal: AbortSignal): Promise<JanitorReport> {
  try {
    const report = await sweep(faultContext(cluster, deps, signal), { runState: temporalRunStates(getClient()) });
    deps.janitorMetrics.swept(report);
    return janitorReport(report);
  } catch (error) {
    deps.janitorMetrics.failed(cluster);
    throw error;
  }
}

/** What is told of a sweep in the history. */
function janitorReport({ cluster, startedAt, endedAt, runsNotAsked, findings }: SweepReport): JanitorReport {
  const found: Record<FindingState, number> = { active: 0, overdue: 0, orphan: 0, idle: 0, ended: 0, unknown: 0 };
  for (const { state } of findings) found[state] += 1;
  const undone = findings.filter(({ undone }) => undone?.ok === true);
  const left = findings.filter(isLeft);
  return {
    cluster,
    startedAt,
    endedAt,
    runsNotAsked,
    found,
    undone: undone.slice(0, mostTold),
    left: left.slice(0, mostTold),
    omitted: Math.max(0, undone.length - mostTold) + Math.max(0, left.length - mostTold),
  };
}
