import { ApplicationFailure, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../contracts/activities.ts';
import { failureTypes } from '../contracts/names.ts';
import type { JanitorInput, JanitorReport } from '../contracts/sweep.ts';
import { failureMessage } from './failure-message.ts';
import { observationsAt } from './task-queues.ts';

const sweeping = proxyActivities<Pick<Activities, 'sweepCluster'>>({
  startToCloseTimeout: '5m',
  heartbeatTimeout: '15s',
  // The next sweep comes soon: a cluster that is away is told of now.
  retry: { initialInterval: '2s', maximumAttempts: 2 },
});

/**
 * Looks through the clusters, each by itself, and undoes what no run undoes any more. The result is what was found, undone, and left.
 * Fails, once all the others were looked through, when a cluster could not be.
 */
export async function janitor({ clusters, ownWorkers = [] }: JanitorInput): Promise<JanitorReport[]> {
  const sweeps = await Promise.allSettled(
    clusters.map((cluster) =>
      sweeping.sweepCluster.executeWithOptions({ summary: `sweep ${cluster}`, ...observationsAt(cluster, { ownWorkers }) }, [cluster]),
    ),
  );
  const failed = sweeps.flatMap((sweep, i) => (sweep.status === 'rejected' ? [`${clusters[i]}: ${failureMessage(sweep.reason)}`] : []));
  const reports = sweeps.flatMap((sweep) => (sweep.status === 'fulfilled' ? [sweep.value] : []));
  if (failed.length === 0) return reports;
  const message = `${failed.length} of ${clusters.length} clusters could not be swept: ${failed.join('; ')}`;
  throw ApplicationFailure.create({ type: failureTypes.notSwept, message, nonRetryable: true, details: [reports] });
}
