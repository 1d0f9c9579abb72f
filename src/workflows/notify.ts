import { proxyActivities } from '@temporalio/workflow';
import { notifyTaskQueue } from '../contracts/names.ts';
import type { NotifyActivities, NotifyInput, NotifyResult } from '../contracts/notify.ts';

const following = proxyActivities<NotifyActivities>({
  // Workers take these beside all other activities: what waits for a receiver keeps no undo waiting.
  taskQueue: notifyTaskQueue,
  startToCloseTimeout: '1 day',
  heartbeatTimeout: '15s',
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  retry: { initialInterval: '500ms', maximumInterval: '10s' },
});

/** Tells receivers of a run until it has ended. The result is what was sent, and what was given up. */
export async function notify({ runId }: NotifyInput): Promise<NotifyResult> {
  return following.followRun.executeWithOptions({ summary: `follow run ${runId}` }, [{ runId }]);
}
