import type { Client } from '@temporalio/client';
import type { Report } from '../contracts/report.ts';
import type { Execution } from './history.ts';
import { Problem } from './problem.ts';
import { readRunEnd } from './report.ts';
import { isRunning, type RunInfo } from './run-resource.ts';

/**
 * The report of a run that has ended.
 *
 * @throws Problem 409: it goes on; 404: it ended without one
 */
export async function readEndedRun(client: Client, run: Execution & Pick<RunInfo, 'status'>): Promise<Report> {
  if (isRunning(run)) {
    const detail = `Run ${run.workflowId} goes on; its report is made when it ends.`;
    throw new Problem(409, 'run-in-progress', 'The run goes on', detail, { headers: { 'Retry-After': '5' } });
  }
  const { report, closing } = await readRunEnd(client, run);
  if (report !== null) return report;
  const detail = `Run ${run.workflowId} ended without a report: ${closing?.message ?? closing?.ending ?? 'its history does not say why'}.`;
  throw new Problem(404, 'no-report', 'There is no report', detail);
}
