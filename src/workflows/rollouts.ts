import { CancellationScope, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../contracts/activities.ts';
import type { RolloutState, RolloutWorkload } from '../contracts/schedule.ts';
import type { Served } from '../contracts/served.ts';
import { at, observations, observationsAt } from './task-queues.ts';

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
  const { cluster } = workload;
  const summary = `${workload.kind} ${workload.namespace}/${workload.name}`;
  const state = await reading.readRollout.executeWithOptions({ summary }, [workload]);
  if (!('elsewhere' in state)) return state;
  const there = await reading.readRollout.executeWithOptions({ summary, ...at(cluster, state.elsewhere) }, [workload]);
  if ('elsewhere' in there) throw new TypeError(`cluster ${cluster} is served by workers who say that others serve it`);
  return there;
}

/**
 * Keeps the watch over the workloads whose rollouts start saved campaigns, for an hour; a schedule begins the next. One worker keeps it
 * at a time, and another takes it over when that one is gone. It has nothing to remember. In a cluster that has workers of its own,
 * one of those keeps it, whenever there is one.
 */
export async function rollouts({ ownWorkers = [] }: Served = {}): Promise<void> {
  const summary = 'rollouts that start saved campaigns';
  const elsewhere = new CancellationScope();
  const watches = ownWorkers.map((cluster) =>
    elsewhere.run(() => {
      const { taskQueue = '' } = observationsAt(cluster, { ownWorkers });
      return watching.watchRollouts.executeWithOptions({ summary: `${summary}, in ${cluster}`, taskQueue }, [cluster]);
    }),
  );
  const ended = Promise.allSettled(watches);
  try {
    await watching.watchRollouts.executeWithOptions({ summary, ...observations() }, []);
  } finally {
    elsewhere.cancel();
    await ended;
  }
}
