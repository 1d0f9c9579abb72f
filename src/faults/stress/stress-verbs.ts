import { z } from 'zod';
import type { FaultInstance, PodTarget } from '../../contracts/plan.ts';
import { AgentError } from '../carrier/agent-protocol.ts';
import { confirmCarried, injectAll, revertCarried, verifyCarried } from '../carrier/carried-fault.ts';
import { agentRoot, askCarrier, ensureCarrier } from '../carrier/carrier.ts';
import { endFields } from '../carrier/end-fields.ts';
import { podTargets } from '../targets.ts';
import { type FaultContext, type FaultDraft, type FaultVerbs, type Mechanism, RefusedError } from '../verbs.ts';

const startTimeoutMs = 60_000;
const anyTtlMs = 60_000;

const lineSchema = z.union([
  z.object({ ok: z.literal(false), error: z.object({ code: z.string(), message: z.string() }) }),
  z.object({ ok: z.literal(true), about: z.string() }),
  z.object({ startedAt: z.number(), cgroup: z.string(), about: z.string() }),
]);

/** A load in the target container. */
export interface Stress {
  mechanism: Mechanism;
  /** the agent's flags for it: `--kind`, and how much. Throws RefusedError. */
  flags(context: FaultContext, fault: FaultDraft, target: PodTarget): string[] | Promise<string[]>;
}

/**
 * The verbs of a load inside the target container's own cgroup and file systems: the agent's binary is executed there through
 * the carrier's /proc/PID/root, so the image needs no shell, and what is used counts against the container's limits.
 */
export function stressVerbs(stress: Stress): FaultVerbs {
  return {
    async prepare(context, draft) {
      await Promise.all(podTargets(draft).map((target) => tryOut(context, draft, target, stress)));
      return stress.mechanism;
    },
    inject: (context, fault) => injectAll(fault, (target) => start(context, fault, target, stress)),
    verify: (context, fault) => verifyCarried(context, fault, 'process'),
    revert: (context, fault) => revertCarried(context, fault, 'process'),
    confirm: (context, fault) => confirmCarried(context, fault, 'process'),
  };
}

async function tryOut(context: FaultContext, draft: FaultDraft, target: PodTarget, stress: Stress): Promise<void> {
  try {
    await run(context, draft, target, stress, ['--ttl-ms', String(anyTtlMs), '--dry-run']);
  } catch (error) {
    if (error instanceof AgentError) throw new RefusedError(`${target.pod}: ${error.message}`, { cause: error });
    throw error;
  }
}

async function start(context: FaultContext, fault: FaultInstance, target: PodTarget, stress: Stress) {
  const { ttlMs, endsBy } = await endFields(fault, () => askCarrier(context, target, 'process', { op: 'ping' }));
  const line = await run(context, fault, target, stress, ['--ttl-ms', String(ttlMs), '--ends-by', String(endsBy)]);
  if (!('startedAt' in line)) throw new Error(`${target.pod}: found ${JSON.stringify(line)}, expected the load to say that it is felt`);
  return { at: line.startedAt, detail: `${line.about}, in cgroup ${line.cgroup}` };
}

/** Throws AgentError when the load is refused. */
async function run(context: FaultContext, fault: FaultDraft, target: PodTarget, stress: Stress, more: string[]) {
  const { abilities } = await ensureCarrier(context, target, 'process');
  const flags = await stress.flags(context, fault, target);
  const argv = [
    `${agentRoot(abilities)}/squall-agent`,
    'stress',
    '--id',
    fault.id,
    ...flags,
    ...more,
    '--agent-pid',
    String(abilities.pid),
  ];
  const address = { namespace: target.namespace, pod: target.pod, container: target.container };
  const text = await context.cluster.execFirstLine(address, argv, { timeoutMs: startTimeoutMs, signal: context.signal });
  const line = lineSchema.parse(JSON.parse(text));
  if ('ok' in line && !line.ok) throw new AgentError(line.error.code, line.error.message);
  return line;
}
