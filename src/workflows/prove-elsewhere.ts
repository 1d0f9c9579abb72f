import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../contracts/activities.ts';
import type { Survey } from '../contracts/arbiter.ts';
import { failureMessage } from './failure-message.ts';
import { at } from './task-queues.ts';

const proving = proxyActivities<Pick<Activities, 'remainsOfRun'>>({
  startToCloseTimeout: '2m',
  heartbeatTimeout: '15s',
  // The next survey comes soon.
  retry: { initialInterval: '500ms', maximumAttempts: 2 },
});

/** Has a cluster's own workers say of the runs that are over whether something is left, into the survey. */
export async function proveElsewhere(cluster: string, survey: Survey): Promise<void> {
  const { elsewhere = [] } = survey;
  const asked = elsewhere.map(async ({ runId, namespace, over }) => {
    try {
      const options = { summary: `what is left of ${runId}?`, ...at(cluster, { ownWorkers: [cluster] }) };
      const remains = await proving.remainsOfRun.executeWithOptions(options, [{ cluster, namespace, runId }]);
      if (remains.length === 0) survey.over.push(over);
      else survey.unproven.push({ runId, missing: remains.join('; ') });
    } catch (error) {
      survey.unproven.push({ runId, missing: failureMessage(error) });
    }
  });
  await Promise.all(asked);
}
