import { setTimeout as delay } from 'node:timers/promises';
import type { V1Node } from '@kubernetes/client-node';
import { type ApiServer, get } from '../../lab/api-server.ts';
import { clusterOf } from '../../lab/cluster.ts';
import { isReady } from '../../lab/control-plane.ts';
import { deadProcesses, reviveProcess } from '../../lab/heal.ts';
import { apiOf, type Lab, type LabConfig } from '../../lab/lab.ts';
import { initOf } from '../../lab/node.ts';
import { isAlive } from '../../lab/processes.ts';
import { nodesOf } from '../../lab/slot.ts';
import { until } from '../../lab/wait.ts';
import { isReady as isNodeReady } from '../../src/kubernetes/is-ready.ts';
import { signalled } from './signalled.ts';
import type { Target } from './target.ts';

const backWithinMs = 180_000;

/** The processes of the lab's cluster that a soak kills, and brings back. */
export class LabParts {
  readonly api: ApiServer;
  readonly #lab: Lab;
  readonly #config: LabConfig;
  readonly #comingBack = new Map<string, Promise<void>>();

  /** @throws Error when the lab is not one of the machine's own processes */
  constructor(lab: Lab, config: LabConfig) {
    const api = apiOf(lab);
    if (config.cluster !== 'native' || api === undefined) {
      throw new Error(
        `soak: found a lab of kind ${config.cluster}, expected native: its kubelets and API server are killed by their process ids`,
      );
    }
    this.#lab = lab;
    this.#config = config;
    this.api = api;
  }

  /** The nodes, each with its first process as the machine numbers it. */
  nodes(): Promise<{ name: string; pid: number }[]> {
    const plans = nodesOf(this.#lab.slot, this.#config.nodes);
    return Promise.all(plans.map(async (plan) => ({ name: plan.name, pid: await initOf(this.#lab.processes, plan) })));
  }

  /** A process by the name the lab knows it under; undefined: it does not run just now. */
  async target(name: string): Promise<Target | undefined> {
    const record = await this.#lab.processes.find(name);
    if (record === undefined) return undefined;
    return {
      name,
      pid: record.pid,
      kill: (downMs) => {
        if (!signalled(record.pid, 'SIGKILL')) return false;
        const back = this.#revive(name, () => isAlive(record), downMs);
        back.catch(() => undefined);
        this.#comingBack.set(name, back);
        return true;
      },
      back: async () => {
        await this.#comingBack.get(name);
        await until(`${name}: ready`, backWithinMs, async () => ((await this.#isWell(name)) ? true : undefined));
      },
    };
  }

  async #revive(name: string, lives: () => Promise<boolean>, downMs: number): Promise<void> {
    await Promise.all([delay(downMs), until(`${name}: end`, 60_000, async () => ((await lives()) ? undefined : true))]);
    await reviveProcess(this.#lab, this.#config.nodes, name);
  }

  async #isWell(name: string): Promise<boolean> {
    if (!name.startsWith('kubelet-')) return isReady(this.api);
    const node = `node-${name.split('-').at(-1)}`;
    const answer = await get(this.api, `/api/v1/nodes/${node}`).catch(() => undefined);
    if (answer?.status !== 200) return false;
    return isNodeReady(JSON.parse(answer.body) as V1Node);
  }

  /** Starts whatever does not run, and waits until nothing is wrong with the cluster. @throws LabFailure with what is */
  async heal(): Promise<void> {
    await Promise.allSettled(this.#comingBack.values());
    for (const name of await deadProcesses(this.#lab, this.#config.nodes)) await reviveProcess(this.#lab, this.#config.nodes, name);
    let complaints: string[] = [];
    await until(
      'the lab: healthy again',
      backWithinMs,
      async () => {
        complaints = await clusterOf(this.#lab, this.#config).complaints();
        return complaints.length === 0 ? true : undefined;
      },
      () => complaints.join('; '),
    );
  }
}
