import { type Client, ScheduleAlreadyRunning, type ScheduleOptions } from '@temporalio/client';
import { janitorSchedule, taskQueue, workflowTypes } from '../contracts/names.ts';
import type { JanitorInput } from '../contracts/sweep.ts';

/**
 * Has Temporal run the janitor, by a schedule that every worker makes when it starts, and that is the same whoever does. It
 * stays paused where somebody has paused it.
 *
 * @param intervalMs between the beginnings of two sweeps; one that takes longer is waited for
 */
export async function ensureJanitor(client: Client, intervalMs: number, input: JanitorInput): Promise<void> {
  const spec: ScheduleOptions['spec'] = { intervals: [{ every: intervalMs }] };
  const action = {
    type: 'startWorkflow' as const,
    workflowType: workflowTypes.janitor,
    workflowId: janitorSchedule,
    taskQueue,
    args: [input],
    workflowExecutionTimeout: '10m',
    staticSummary: `sweep of ${input.clusters.join(', ')}: undo what no run undoes any more`,
    staticDetails:
      'Looks through the clusters for faults whose run is over or whose deadline has passed, and undoes them. The result says what was found, undone, and left. Pausing the schedule `squall-janitor` keeps it away.',
  } satisfies ScheduleOptions['action'];
  // What was missed while Temporal was down is made up for by one sweep.
  const policies = { overlap: 'SKIP' as const, catchupWindow: '10s' as const };
  try {
    await client.schedule.create({ scheduleId: janitorSchedule, spec, action, policies });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    await client.schedule.getHandle(janitorSchedule).update(({ state }) => ({ spec, action, policies, state }));
  }
}
