import { resolve } from 'node:path';
import { heldSlot } from './claim.ts';
import { clusterOf } from './cluster.ts';
import { LabFailure } from './failure.ts';
import { type Lab, type LabConfig, labOf, lockOf, readConfig } from './lab.ts';
import { withLock } from './lock.ts';
import { stateRoot } from './paths.ts';
import type { Progress } from './progress.ts';
import { slotOf } from './slot.ts';
import { type LabState, labStatePath, readLabState, writeLabState } from './state.ts';
import { statusOf } from './status.ts';

/**
 * Makes a checkout use the running lab of another one; its own images go there, too.
 * @throws LabFailure when the other one has no lab up, or this one has
 */
export async function share(checkout: string, other: string, progress: Progress): Promise<LabState> {
  const state = readLabState(other);
  if (state === undefined) throw new LabFailure(`--share ${other}: found no ${labStatePath(other)}, expected a checkout whose lab is up`);
  const own = await heldSlot(stateRoot(), checkout);
  if (own !== undefined && (await readConfig(labOf(own, checkout))) !== undefined) {
    throw new LabFailure(`--share ${other}: this checkout has a lab of its own up; take it down first: npm run lab -- down`);
  }
  const { lab, config } = await labInUse(resolve(other));
  const sick = (await statusOf(lab, config)).flatMap((part) => part.complaints);
  if (sick.length > 0) throw new LabFailure(`--share ${other}: that lab is not healthy: ${sick.join('; ')}; bring it up there`);
  await refreshImages(lab, config, checkout, progress);
  writeLabState(checkout, state);
  return state;
}

/** Rebuilds what has changed of a checkout's images, and imports it into a lab that is up. */
export async function refreshImages(lab: Lab, config: LabConfig, checkout: string, progress: Progress): Promise<void> {
  await withLock(
    lockOf(lab),
    (owner) => progress.line(`waiting for process ${owner?.pid ?? '?'}, which is working on this lab`),
    () => clusterOf(lab, config).importProjectImages(checkout, progress),
  );
}

/** Builds the image of a checkout's service, and imports it into the lab it uses. @returns the one node that has it; undefined: all have */
export async function importServiceImage(checkout: string, progress: Progress): Promise<string | undefined> {
  const { lab, config } = await labInUse(checkout);
  return withLock(
    lockOf(lab),
    (owner) => progress.line(`waiting for process ${owner?.pid ?? '?'}, which is working on this lab`),
    () => clusterOf(lab, config).importServiceImage(checkout, progress),
  );
}

/** The lab a checkout uses, its own or a shared one. @throws LabFailure when it has none up */
export async function labInUse(checkout: string): Promise<{ lab: Lab; config: LabConfig }> {
  const state = readLabState(checkout);
  const slot = state === undefined ? await heldSlot(stateRoot(), checkout) : slotOf(state.slot);
  const lab = slot === undefined ? undefined : labOf(slot, checkout);
  const config = lab === undefined ? undefined : await readConfig(lab);
  if (lab === undefined || config === undefined) throw new LabFailure(`${checkout} has no lab up; bring it up: npm run lab -- up`);
  return { lab, config };
}
