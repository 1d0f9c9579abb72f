import type { Client } from '@temporalio/client';
import { reportActivity } from '../contracts/names.ts';
import type { Report } from '../contracts/report.ts';
import { type Execution, firstPayload, readHistoryBackwards, toNumber } from './history.ts';
import { type Closing, closingOf } from './workflow-closing.ts';

export interface RunEnd {
  /** null: the run ended, or goes on, without one */
  report: Report | null;
  /** null: the run goes on */
  closing: Closing | null;
}

/** How a run ended, and the report it left: the result of the last completed report activity in its history. */
export async function readRunEnd(client: Client, execution: Execution): Promise<RunEnd> {
  let closing: Closing | null = null;
  const results = new Map<number, Report>();
  for await (const event of readHistoryBackwards(client, execution)) {
    closing ??= closingOf(event) ?? null;
    const completed = event.activityTaskCompletedEventAttributes;
    const result = completed && firstPayload<Report>(completed.result);
    if (result) results.set(toNumber(completed.scheduledEventId), result);
    const report = results.get(toNumber(event.eventId));
    if (report && event.activityTaskScheduledEventAttributes?.activityType?.name === reportActivity) return { report, closing };
  }
  return { report: null, closing };
}
