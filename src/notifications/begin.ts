import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { Campaign } from '../contracts/campaign.ts';
import { taskQueue, workflowTypes } from '../contracts/names.ts';
import { type Receiver, wantsRun } from './receiver.ts';

/** Longer would delay the run that is told of. */
const startMs = 3_000;

/**
 * Has receivers told of a run, by a workflow of its own that follows the run's history: whatever becomes of it, the run neither waits
 * for it nor fails with it. Once for a run, however often it is asked for. Where no receiver wants to know of such a run, there is none.
 */
export async function beginNotifying(
  client: Client,
  receivers: readonly Receiver[],
  runId: string,
  { name, target }: Campaign,
): Promise<void> {
  if (!receivers.some((receiver) => wantsRun(receiver, { campaign: name, namespace: target.namespace }))) return;
  try {
    await client.withDeadline(Date.now() + startMs, () =>
      client.workflow.start(workflowTypes.notify, {
        taskQueue,
        workflowId: `${runId}.notify`,
        args: [{ runId }],
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        staticSummary: `tells receivers of run ${runId}`,
        staticDetails:
          'Follows the run until it has ended. The result says what was sent to whom, and what was given up. Ending it ends the telling, not the run.',
      }),
    );
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
