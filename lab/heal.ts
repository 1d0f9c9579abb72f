import { controlPlaneProcesses } from './control-plane.ts';
import type { Lab } from './lab.ts';
import { initOf, inside } from './node.ts';
import type { ProcessRecord } from './processes.ts';
import { nodesOf } from './slot.ts';

/** The processes that run in a node, by its number. */
const ofNode = ['containerd', 'kubelet', 'kube-proxy'];

/** Names of the cluster's processes that do not run, in the order they are to be started in. */
export async function deadProcesses(lab: Lab, nodeCount: number): Promise<string[]> {
  const expected = [
    ...controlPlaneProcesses.toReversed(),
    ...nodesOf(lab.slot, nodeCount).flatMap(({ name, number }) => [name, ...ofNode.map((part) => `${part}-${number}`)]),
  ];
  const dead: string[] = [];
  for (const name of expected) if ((await lab.processes.find(name)) === undefined) dead.push(name);
  return dead;
}

/**
 * Starts a process of the cluster that has died as it was started before, for example `kube-apiserver` or `kubelet-2`; one that
 * lives is left alone. Returns when it runs, not when it is ready.
 * @throws LabFailure when the lab never had one of this name, when its node has died, or when it ends at once
 */
export async function reviveProcess(lab: Lab, nodeCount: number, name: string): Promise<ProcessRecord> {
  const plan = nodesOf(lab.slot, nodeCount).find(({ number }) => ofNode.some((part) => name === `${part}-${number}`));
  return lab.processes.revive(name, plan === undefined ? {} : { wrapper: inside(await initOf(lab.processes, plan)) });
}
