import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../contracts/activities.ts';
import type { RolloutState, RolloutWorkload } from '../contracts/schedule.ts';
import { observations } from './task-queues.ts';

const reading = proxyActivities<Pick<Activities, 'readRollout'>>({
  startToCloseTimeout: '10s',
  heartbeatTimeout: '15s',
  retry: { initialInterval: '500ms', maximumAttempts: 2 },
});

const watching = proxyActivities<Pick<Activities, 'watchRollouts'>>({
  startToCloseTimeout: '2h',
  heartbeatTimeout: '15s',
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  retry: { initialInterval: '200ms', maximumInterval: '10s' },
});

/** For the API, which touches no cluster: where a workload's rollout is. */
export async function rollout(workload: RolloutWorkload): Promise<RolloutState> {
  return reading.readRollout.executeWithOptions({ summary: `${workload.kind} ${workload.namespace}/${workload.name}` }, [workload]);
}

/**
 * Keeps the watch over the workloads whose rollouts start saved campaigns, for an hour; a schedule begins the next. One worker keeps it
 * at a time, and another takes it over when that one is gone. It has nothing to remember.
 */
export async function rollouts(): Promise<void> {
  await watching.watchRollouts.executeWithOptions({ summary: 'rollouts that start saved campaigns', ...observations() }, []);
}
