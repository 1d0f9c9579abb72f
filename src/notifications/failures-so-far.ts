import type { Client } from '@temporalio/client';
import { decodeArrayFromPayloads } from '@temporalio/common/lib/internal-non-workflow/index.js';
import type { Warning } from '../contracts/campaign.ts';
import type { NotifyProgress } from './follow-run.ts';

const lookMs = 2_000;

/**
 * Which notifications of a run have been given up so far, as warnings for its report. It is asked of Temporal, which has it from the
 * heartbeats of what follows the run; when that cannot be had, there is none: a report waits for no notification.
 */
export async function failuresSoFar(client: Client, runId: string): Promise<Warning[]> {
  const { namespace, loadedDataConverter } = client.options;
  try {
    const { pendingActivities } = await client.withDeadline(Date.now() + lookMs, () =>
      client.workflowService.describeWorkflowExecution({ namespace, execution: { workflowId: `${runId}.notify` } }),
    );
    const [progress] = await decodeArrayFromPayloads(loadedDataConverter, pendingActivities?.[0]?.heartbeatDetails?.payloads ?? []);
    return ((progress as NotifyProgress | undefined)?.failed ?? []).map(({ receiver, event, reason }) => ({
      code: 'notification-failed',
      path: `receiver ${receiver}`,
      message: `it was not told of ${event}: ${reason}`,
    }));
  } catch {
    return [];
  }
}
