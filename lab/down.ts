import { rm } from 'node:fs/promises';
import { heldSlot, releaseSlot } from './claim.ts';
import { type Lab, labOf } from './lab.ts';
import { withLock } from './lock.ts';
import { forgetCluster, stopCluster } from './native-cluster.ts';
import { stateRoot } from './paths.ts';
import type { Progress } from './progress.ts';
import { discoveryProcess, prometheusProcess } from './prometheus.ts';
import { removeLabState } from './state.ts';
import { temporalProcess } from './temporal.ts';
import { lockOf } from './up.ts';

/**
 * Takes a checkout's lab down: nothing of it runs any more, and its cluster is forgotten. Temporal's history, the images and
 * the slot are kept for the next time, unless `purge` is asked for.
 */
export async function down(checkout: string, purge: boolean, progress: Progress): Promise<void> {
  const slot = await heldSlot(stateRoot(), checkout);
  removeLabState(checkout);
  if (slot === undefined) {
    progress.line(`${checkout} holds no lab`);
    return;
  }
  const lab = labOf(slot, checkout);
  await withLock(
    lockOf(lab),
    (owner) => progress.line(`waiting for process ${owner?.pid ?? '?'}, which is working on this lab`),
    () => progress.task(`lab ${slot.number}`, 'going down', () => stopLab(lab)),
  );
  if (purge) {
    await rm(lab.directory, { recursive: true, force: true });
    await releaseSlot(stateRoot(), slot);
  }
}

async function stopLab(lab: Lab): Promise<void> {
  const { processes } = lab;
  await Promise.all([
    stopCluster(lab),
    processes.stop(temporalProcess, 10_000),
    processes.stop(prometheusProcess, 10_000),
    processes.stop(discoveryProcess, 1000),
  ]);
  await processes.sweep(() => true);
  await forgetCluster(lab);
  await rm(`${lab.directory}/config.json`, { force: true });
}
