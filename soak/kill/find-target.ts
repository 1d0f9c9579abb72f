import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../../lab/wait.ts';
import type { PodSeen } from '../checker/pods.ts';
import { type ProcessSeen, readProcesses } from '../checker/processes.ts';
import type { Victim } from '../plan.ts';
import type { Service } from '../service/service.ts';
import type { LabParts } from './lab-parts.ts';
import { signalled } from './signalled.ts';
import type { Target } from './target.ts';

export interface FindOptions {
  service: Service;
  parts: LabParts;
  /** pods in which something may be struck, as they were last seen */
  pods: () => readonly PodSeen[];
  /** 0 to 1: which of several */
  lot: number;
}

const agentWithinMs = 15_000;
/** A container that ended often is started anew after five minutes at most. */
const containerBackWithinMs = 400_000;

/** The process that a kill is about; undefined: there is none just now. */
export async function findTarget(victim: Victim, options: FindOptions): Promise<Target | undefined> {
  switch (victim) {
    case 'worker':
    case 'api':
    case 'temporal': {
      const process = options.service.process(victim);
      return { name: victim, pid: process.pid, kill: (downMs) => process.kill(downMs), back: () => process.awaitReady() };
    }
    case 'kube-apiserver':
      return options.parts.target('kube-apiserver');
    case 'kubelet': {
      const nodes = [...new Set(options.pods().map(({ node }) => node))].filter((node) => node !== '').sort();
      const node = chosen(nodes, options.lot) ?? 'node-1';
      return options.parts.target(`kubelet-${node.split('-').at(-1)}`);
    }
    case 'agent':
      // Whether it comes back is squall's business.
      return inPods(options, isAgent, agentWithinMs, async () => {});
    case 'container':
      // The cluster may tell of its end only a good while later, and of its restart, which nobody but this kill has caused.
      return inPods(options, isMain, 0, ({ containerId }, { uid, namespace, name }) =>
        until(`container of ${namespace}/${name}: told of as restarted`, containerBackWithinMs, () =>
          options.pods().some((pod) => pod.uid === uid && pod.containers.has(containerId ?? '')) ? undefined : true,
        ).then(() => undefined),
      );
  }
}

/** An agent of squall's that waits or holds a fault. */
function isAgent({ program, args }: ProcessSeen): boolean {
  return program.endsWith('/squall-agent') && args[1] === 'serve';
}

/** The first process of a container of the pod's own. */
function isMain({ ownPid, containerId }: ProcessSeen, pod: PodSeen): boolean {
  return ownPid === 1 && pod.containers.has(containerId ?? '');
}

async function inPods(
  { pods, lot }: FindOptions,
  isWanted: (process: ProcessSeen, pod: PodSeen) => boolean,
  withinMs: number,
  back: (process: ProcessSeen, pod: PodSeen) => Promise<void>,
): Promise<Target | undefined> {
  const end = Date.now() + withinMs;
  for (;;) {
    const found = readProcesses(() => false).flatMap((process) => {
      const pod = pods().find(({ uid }) => uid === process.podUid);
      return pod !== undefined && isWanted(process, pod) ? [{ process, pod }] : [];
    });
    const one = chosen(found, lot);
    if (one !== undefined) {
      const { process, pod } = one;
      const { pid, command } = process;
      const name = `${command} ${pid} in ${pod.namespace}/${pod.name}`;
      return {
        name,
        namespace: pod.namespace,
        pid,
        kill: () => signalled(pid, 'SIGKILL'),
        back: async (killed) => {
          if (killed) await back(process, pod);
        },
      };
    }
    if (Date.now() > end) return undefined;
    await delay(500);
  }
}

function chosen<T>(list: readonly T[], lot: number): T | undefined {
  return list[Math.floor(lot * list.length)];
}
