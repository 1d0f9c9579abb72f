import { existsSync } from 'node:fs';
import { LabFailure } from './failure.ts';
import { type Lab, type LabConfig, lockOf, westLabOf } from './lab.ts';
import { withLock } from './lock.ts';
import { westCluster } from './native-cluster.ts';
import type { Progress } from './progress.ts';

/** Brings a lab's second cluster up, or takes it down, as so many clusters are wanted. @throws LabFailure for a lab that cannot have one */
export async function settleWest(lab: Lab, config: LabConfig, clusters: number, progress: Progress): Promise<void> {
  if (clusters === 1) return removeWest(lab, config);
  if (clusters !== 2) throw new LabFailure(`--clusters: found ${clusters}, expected 1 or 2`);
  await ensureWest(lab, config, progress);
  progress.line(`the second cluster: export KUBECONFIG=${westCluster(lab, config.nodes).kubeconfig}`);
}

/** The second cluster of a lab that is up, for those who hold its lock. */
async function ensureWest(lab: Lab, config: LabConfig, progress: Progress): Promise<void> {
  if (config.cluster !== 'native')
    throw new LabFailure(`a second cluster: found a ${config.cluster} cluster, expected the lab's own (--engine native)`);
  const cluster = westCluster(lab, config.nodes);
  if ((await cluster.complaints()).length > 0) await cluster.start(progress);
  await cluster.importProjectImages(lab.checkout, progress);
}

async function removeWest(lab: Lab, config: LabConfig): Promise<void> {
  if (existsSync(westLabOf(lab, config.nodes).directory)) await westCluster(lab, config.nodes).remove();
}

/** A lab's second cluster, up until it is disposed of. One that is up already is used, and left up. */
export async function openWest(
  lab: Lab,
  config: LabConfig,
  progress: Progress,
): Promise<{ lab: Lab; kubeconfig: string } & AsyncDisposable> {
  const locked = <T>(act: () => Promise<T>): Promise<T> => withLock(lockOf(lab), () => undefined, act);
  const cluster = westCluster(lab, config.nodes);
  const wasUp = config.cluster === 'native' && (await cluster.complaints()).length === 0;
  await locked(() => ensureWest(lab, config, progress));
  return {
    lab: westLabOf(lab, config.nodes),
    kubeconfig: cluster.kubeconfig,
    async [Symbol.asyncDispose]() {
      if (!wasUp) await locked(() => removeWest(lab, config));
    },
  };
}
