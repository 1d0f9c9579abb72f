import { type Client, WorkflowFailedError } from '@temporalio/client';
import { rootCause } from '@temporalio/common';
import { taskQueue, workflowTypes } from '../contracts/names.ts';
import type { RolloutState, RolloutWorkload, SeenRollout } from '../contracts/schedule.ts';
import { ranOutOfTime } from '../temporal/ran-out-of-time.ts';
import { seenAtFirst } from '../triggers/decide-rollout.ts';
import { tellWorkload } from '../triggers/watch-rollouts.ts';
import { Problem } from './problem.ts';
import { randomToken } from './run-id.ts';

const answerMs = 20_000;

/**
 * Has a worker look which revision a workload is at: its next one is the first that starts a run.
 *
 * @throws Problem 422: there is no such workload; 502: it could not be read; 503: no worker answers
 */
export async function readBaseline(client: Client, workload: RolloutWorkload): Promise<SeenRollout> {
  let state: RolloutState;
  try {
    state = await client.withDeadline(Date.now() + answerMs, () =>
      client.workflow.execute(workflowTypes.rollout, {
        taskQueue,
        workflowId: `rollout-${workload.name}-${randomToken()}`,
        args: [workload],
        workflowExecutionTimeout: answerMs,
        staticSummary: `which revision ${tellWorkload(workload)} is at`,
      }),
    );
  } catch (error) {
    const cause = error instanceof WorkflowFailedError ? error.cause : error;
    if (ranOutOfTime(error) || cause?.constructor.name === 'TimeoutFailure') {
      const detail = `Which revision ${tellWorkload(workload)} is at is read by a worker, and none answered within ${answerMs / 1_000} s.`;
      throw new Problem(503, 'worker-absent', 'No worker answers', detail, { headers: { 'Retry-After': '5' }, cause: error });
    }
    if (!(error instanceof WorkflowFailedError)) throw error;
    const detail = `${tellWorkload(workload)} in cluster ${workload.cluster} could not be read: ${rootCause(error.cause) ?? error.message}.`;
    throw new Problem(502, 'workload-unreadable', 'The workload cannot be read', detail, { cause: error });
  }
  if (state.state !== 'absent') return seenAtFirst(state);
  const detail = `Cluster ${workload.cluster} has no ${tellWorkload(workload)}, whose rollouts are to start the campaign.`;
  throw new Problem(422, 'workload-not-found', 'There is no such workload', detail);
}
