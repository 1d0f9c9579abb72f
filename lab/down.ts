import { rm } from 'node:fs/promises';
import { heldSlot, releaseSlot } from './claim.ts';
import { clusterOf } from './cluster.ts';
import { forgetConfig, type Lab, labOf, lockOf, readConfig } from './lab.ts';
import { withLock } from './lock.ts';
import { nativeCluster } from './native-cluster.ts';
import { stateRoot } from './paths.ts';
import type { Progress } from './progress.ts';
import { stopPrometheus } from './prometheus.ts';
import { removeLabState } from './state.ts';
import { stopTemporal } from './temporal.ts';

/**
 * Takes a checkout's lab down: nothing of it runs any more, and its cluster is forgotten. Temporal's history, the images and
 * the slot are kept for the next time, unless `purge` is asked for. A lab of another checkout that was shared is left alone.
 */
export async function down(checkout: string, purge: boolean, progress: Progress): Promise<void> {
  const slot = await heldSlot(stateRoot(), checkout);
  removeLabState(checkout);
  if (slot === undefined) {
    progress.line(`${checkout} has no lab of its own`);
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
  const config = await readConfig(lab);
  // Without a record of what the lab was, whatever a native one leaves is looked for.
  const cluster = config === undefined ? nativeCluster(lab, 1) : clusterOf(lab, config);
  await Promise.all([cluster.remove(), stopTemporal(lab), stopPrometheus(lab)]);
  await lab.processes.sweep(() => true);
  await forgetConfig(lab);
}
