import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { RolloutWorkload, SeenRollout } from '../contracts/schedule.ts';
import { errorMessage } from '../error-message.ts';
import type { Cluster } from '../kubernetes/cluster.ts';
import { runIdOfCause, startSavedRun } from '../schedules/start-saved-run.ts';
import { listSchedules, type StoredCampaign } from '../schedules/store.ts';
import { decideRollout, revisionKey } from './decide-rollout.ts';
import { keepSeen } from './keep-seen.ts';
import { readRollout } from './read-rollout.ts';
import type { RolloutMetrics } from './rollout-metrics.ts';

export interface RolloutWatch {
  client: Client;
  cluster(name: string): Cluster;
  /** whether workloads in this cluster are looked at from here; absent: all are */
  isHere?: (cluster: string) => boolean;
  metrics: RolloutMetrics;
  log(message: string, fields: Record<string, unknown>): void;
  /** between two looks at all workloads */
  intervalMs: number;
  signal: AbortSignal;
}

/**
 * Looks at the workloads of saved campaigns again and again, and starts a run for each new revision that is healthy. All that has to
 * outlive it is kept elsewhere: what was dealt with in the schedules, and that a revision started its run in the run's id.
 *
 * @param untilMs ms since the epoch
 */
export async function watchRollouts(watch: RolloutWatch, untilMs: number): Promise<void> {
  const underWay = new Map<string, number>();
  try {
    while (Date.now() < untilMs) {
      try {
        const { isHere = () => true } = watch;
        const watched = (await listSchedules(watch.client, { watched: true })).filter(({ saved }) =>
          isHere(saved.triggers.onRollout?.cluster ?? ''),
        );
        await Promise.all(watched.map((stored) => look(watch, stored, underWay)));
        watch.metrics.areStuck(watched.filter(({ seen }) => seen?.problem != null).map(({ saved }) => saved.name));
      } catch (error) {
        watch.signal.throwIfAborted();
        watch.metrics.failed();
        watch.log('saved campaigns could not be listed', { error: errorMessage(error) });
      }
      await delay(watch.intervalMs, undefined, { signal: watch.signal });
    }
  } finally {
    // Whoever keeps the watch next tells it.
    watch.metrics.areStuck([]);
  }
}

async function look(watch: RolloutWatch, stored: StoredCampaign, underWay: Map<string, number>): Promise<void> {
  const { saved, seen } = stored;
  const workload = saved.triggers.onRollout;
  if (workload === null || seen === null) return;
  try {
    const state = await readRollout(watch.cluster(workload.cluster), workload, watch.signal);
    const now = Date.now();
    const key = `${saved.name} ${'revision' in state && state.revision !== null ? revisionKey(state.revision) : ''}`;
    if (state.state === 'under-way' && !underWay.has(key)) underWay.set(key, now);
    const decision = decideRollout(seen, state, now, underWay.get(key) ?? now);
    if (decision.start !== null && !stored.paused) {
      const id = runIdOfCause(saved.name, revisionKey(decision.start));
      const { revision, images } = decision.start;
      const startedBy = `schedule ${saved.name}: rollout of ${tellWorkload(workload)}, revision ${revision} (${images.join(', ')})`;
      const isNew = await startSavedRun(watch.client, saved, id, { trigger: 'rollout', startedBy });
      if (isNew) watch.metrics.started(saved.name);
      watch.log(isNew ? 'a rollout has started a run' : 'a rollout had started its run before', {
        run: id,
        schedule: saved.name,
        revision,
      });
    }
    if (decision.changed) await keep(watch, saved.name, decision.seen, seen);
  } catch (error) {
    watch.signal.throwIfAborted();
    watch.metrics.failed();
    watch.log('a rollout could not be looked at', { schedule: saved.name, workload: tellWorkload(workload), error: errorMessage(error) });
  }
}

async function keep({ client, log, metrics }: RolloutWatch, name: string, seen: SeenRollout, before: SeenRollout): Promise<void> {
  if (!(await keepSeen(client, name, seen)) || seen.problem === null || seen.problem.revision === before.problem?.revision) return;
  metrics.stuck(name);
  log('a rollout does not become healthy, and starts no run', { schedule: name, ...seen.problem });
}

export function tellWorkload({ kind, namespace, name }: RolloutWorkload): string {
  return `${kind} ${namespace}/${name}`;
}
