import { z } from 'zod';
import type { FaultInstance, PodTarget } from '../../contracts/plan.ts';
import { confirmCarried, injectAll, revertCarried, timeToLive, verifyCarried } from '../carrier/carried-fault.ts';
import { ensureCarrier } from '../carrier/carrier.ts';
import { readParameter } from '../read-parameter.ts';
import { podTargets } from '../targets.ts';
import type { FaultContext, FaultDraft, FaultVerbs, Mechanism } from '../verbs.ts';

/**
 * Burns CPU inside the target container's own cgroup, where its limits are: the agent's binary is
 * executed in the target container through the carrier's /proc/PID/root, so the image needs no shell.
 */
export const podCpuHog: FaultVerbs = {
  prepare,
  inject,
  verify: (context, fault) => verifyCarried(context, fault, 'process'),
  revert: (context, fault) => revertCarried(context, fault, 'process'),
  confirm: (context, fault) => confirmCarried(context, fault, 'process'),
};

const startTimeoutMs = 15_000;
const readySchema = z.object({ id: z.string(), startedAt: z.number(), cgroup: z.string().nullish() }).loose();

async function prepare(context: FaultContext, draft: FaultDraft): Promise<Mechanism> {
  await Promise.all(podTargets(draft).map((target) => ensureCarrier(context, target, 'process')));
  return { mechanism: 'cpu-workers', reason: "busy threads in the target container's own cgroup" };
}

function inject(context: FaultContext, fault: FaultInstance) {
  return injectAll(fault, (target) => burn(context, fault, target));
}

async function burn(context: FaultContext, fault: FaultInstance, target: PodTarget): Promise<{ at: number; detail: string }> {
  const { abilities } = await ensureCarrier(context, target, 'process');
  const argv = [
    `/proc/${abilities.pid}/root/squall-agent`,
    'stress',
    '--id',
    fault.id,
    '--cores',
    String(readParameter(fault.parameters, 'cores', 'number')),
    '--load',
    String(readParameter(fault.parameters, 'loadPercent', 'number')),
    '--ttl-ms',
    String(timeToLive(fault)),
    '--agent-pid',
    String(abilities.pid),
  ];
  const address = { namespace: target.namespace, pod: target.pod, container: target.container };
  const line = await context.cluster.execFirstLine(address, argv, { timeoutMs: startTimeoutMs, signal: context.signal });
  const ready = readySchema.parse(JSON.parse(line));
  return { at: ready.startedAt, detail: `burning in cgroup ${ready.cgroup ?? 'unknown'}` };
}
