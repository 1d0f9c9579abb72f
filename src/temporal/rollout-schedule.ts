import { type Client, ScheduleAlreadyRunning, type ScheduleOptions } from '@temporalio/client';
import { rolloutSchedule, taskQueue, workflowTypes } from '../contracts/names.ts';
import type { Served } from '../contracts/served.ts';

/** Between the end of one watch and the beginning of the next at most. Nothing is missed: what came meanwhile is seen then. */
const everyMs = 10_000;

/** Has Temporal keep the watch over rollouts, by a schedule that every worker makes when it starts. It stays paused where somebody has paused it. */
export async function ensureRolloutWatch(client: Client, served: Served): Promise<void> {
  const spec: ScheduleOptions['spec'] = { intervals: [{ every: everyMs }] };
  const action = {
    type: 'startWorkflow' as const,
    workflowType: workflowTypes.rollouts,
    workflowId: rolloutSchedule,
    taskQueue,
    args: [served],
    workflowExecutionTimeout: '3h',
    staticSummary: 'watch over rollouts that start saved campaigns',
    staticDetails:
      'Looks at the workloads that saved campaigns name, and begins a run for each new revision. The schedule begins the next watch when this one ends.',
  } satisfies ScheduleOptions['action'];
  const policies = { overlap: 'SKIP' as const, catchupWindow: '10s' as const };
  try {
    await client.schedule.create({ scheduleId: rolloutSchedule, spec, action, policies, state: { triggerImmediately: true } });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    await client.schedule.getHandle(rolloutSchedule).update(({ state }) => ({ spec, action, policies, state }));
  }
}
