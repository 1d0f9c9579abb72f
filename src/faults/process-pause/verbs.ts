import type { V1Pod } from '@kubernetes/client-node';
import type { PodTarget } from '../../contracts/plan.ts';
import { agentFaultSchema } from '../carrier/agent-protocol.ts';
import { confirmCarried, injectAll, revertCarried, verifyCarried } from '../carrier/carried-fault.ts';
import { askCarrier, ensureCarrier, readAbilities, readTarget } from '../carrier/carrier.ts';
import { containerIdOf } from '../carrier/container-id.ts';
import { endFields } from '../carrier/end-fields.ts';
import { readParameter } from '../read-parameter.ts';
import { podTargets } from '../targets.ts';
import { type FaultContext, type FaultVerbs, RefusedError } from '../verbs.ts';

/** Freezes a container's processes by ptrace; they run on by themselves when the tracer is gone. */
export const processPause: FaultVerbs = {
  async prepare(context, draft) {
    const warnings = await Promise.all(
      podTargets(draft).map(async (target) => {
        await requireTrace(context, target);
        return livenessWarning(await readTarget(context, target), target);
      }),
    );
    return {
      mechanism: 'ptrace',
      reason: 'every target can be traced, and runs on when its tracer dies',
      warnings: warnings.filter((warning) => warning !== undefined),
    };
  },
  inject: (context, fault) =>
    injectAll(fault, async (target) => {
      const answer = await askCarrier(context, target, 'trace', {
        op: 'start',
        id: fault.id,
        kind: 'process-pause',
        processes: readParameter(fault.parameters, 'processes', 'string'),
        ...containerField(await readTarget(context, target), target),
        ...(await endFields(fault, () => askCarrier(context, target, 'trace', { op: 'ping' }))),
      });
      const status = agentFaultSchema.parse(answer.fault);
      return { at: status.startedAt || Date.now(), detail: status.evidence };
    }),
  verify: (context, fault) => verifyCarried(context, fault, 'trace'),
  revert: (context, fault) => revertCarried(context, fault, 'trace'),
  confirm: (context, fault) => confirmCarried(context, fault, 'trace'),
};

/** Throws RefusedError when the target's processes cannot be traced. */
export async function requireTrace(context: FaultContext, target: PodTarget): Promise<void> {
  const { address, abilities } = await ensureCarrier(context, target, 'trace');
  // Whoever traced the target when its carrier came may have gone since.
  const { trace } = abilities.trace.usable ? abilities : await readAbilities(context, address);
  if (!trace.usable) throw new RefusedError(`processes of ${target.pod} cannot be traced: ${trace.reason}`);
}

/** A liveness probe that needs an answer ends a pause that is longer than its patience. */
function livenessWarning(pod: V1Pod, target: PodTarget): string | undefined {
  const probe = pod.spec?.containers.find(({ name }) => name === target.container)?.livenessProbe;
  // Connections are accepted by the kernel, whether or not the process runs.
  if (probe === undefined || probe.tcpSocket !== undefined) return undefined;
  const { periodSeconds = 10, failureThreshold = 3, timeoutSeconds = 1 } = probe;
  const patience = (failureThreshold - 1) * periodSeconds + timeoutSeconds;
  return `${target.pod}: the liveness probe of container ${target.container} has the kubelet restart it after about ${patience} s without an answer`;
}

/** The agent finds the container's processes by its id; without one, by their descent from PID 1. */
function containerField(pod: V1Pod, target: PodTarget): { containerId?: string } {
  const containerId = containerIdOf(pod, target.container);
  return containerId === undefined ? {} : { containerId };
}
