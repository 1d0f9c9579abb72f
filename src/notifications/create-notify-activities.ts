import { getClient, log } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { supervise } from '../activities/supervise.ts';
import { Problem } from '../api/problem.ts';
import type { NotifyActivities } from '../contracts/notify.ts';
import type { Cluster } from '../kubernetes/cluster.ts';
import { followRun, type NotifyProgress } from './follow-run.ts';
import type { NotificationMetrics } from './notification-metrics.ts';
import type { Receiver } from './receiver.ts';

/** Some 16 s together: a receiver that restarts is waited for. */
const pausesMs = [500, 1_000, 2_000, 4_000, 8_000];

export interface NotifyDependencies {
  receivers: readonly Receiver[];
  cluster(name: string): Cluster;
  metrics: NotificationMetrics;
}

export function createNotifyActivities({ receivers, cluster, metrics }: NotifyDependencies): NotifyActivities {
  return {
    followRun: ({ runId }) =>
      supervise(async ({ signal, previous, keep }) => {
        const notifying = { client: getClient(), receivers, cluster, metrics, log: warn, pausesMs, signal };
        try {
          const { sent, failed } = await followRun(runId, notifying, previous as NotifyProgress | undefined, keep);
          return { sent, failed };
        } catch (error) {
          // There is no such run: Temporal keeps it no more.
          if (error instanceof Problem && error.status === 404) throw ApplicationFailure.nonRetryable(error.message, 'RunNotFound');
          throw error;
        }
      }),
  };
}

function warn(message: string, fields: Record<string, unknown>): void {
  log.warn(message, fields);
}
