import { setTimeout as delay } from 'node:timers/promises';
import type { V1Pod } from '@kubernetes/client-node';
import type { ReadBack, Reverted } from '../../contracts/evidence.ts';
import type { FaultInstance, PodTarget } from '../../contracts/plan.ts';
import { AgentError, agentFaultSchema } from '../carrier/agent-protocol.ts';
import { isUnreachable } from '../carrier/agent-session.ts';
import { injectAll } from '../carrier/carried-fault.ts';
import { askCarrier, readTarget, statusOf, TargetGoneError } from '../carrier/carrier.ts';
import { containerIdOf } from '../carrier/container-id.ts';
import { requireTrace } from '../process-pause/verbs.ts';
import { readParameter } from '../read-parameter.ts';
import { podTargets } from '../targets.ts';
import { type FaultContext, type FaultDraft, type FaultVerbs, type Mechanism, RefusedError } from '../verbs.ts';

/** Sends a container's main process a signal, as from outside: by ptrace, where the kernel would drop a signal from inside. */
export const containerKill: FaultVerbs = { prepare, inject, verify, revert, confirm };

const ttlMs = 60_000;
const endTimeoutMs = 15_000;

/** Notes which incarnation of each container is meant, so that a retry does not kill the next one. */
async function prepare(context: FaultContext, draft: FaultDraft): Promise<Mechanism> {
  const targets = await Promise.all(
    podTargets(draft).map(async (target) => {
      await requireTrace(context, target);
      const pod = await readTarget(context, target);
      const containerId = containerIdOf(pod, target.container);
      if (containerId === undefined) throw new RefusedError(`container ${target.container} of ${target.pod} does not run`);
      if (pod.spec?.restartPolicy === 'Never')
        throw new RefusedError(`pod ${target.pod} has restartPolicy Never: nothing would bring container ${target.container} back`);
      await requireHearing(context, draft, target, containerId);
      return { ...target, containerId };
    }),
  );
  const byPtrace = readParameter(draft.parameters, 'signal', 'string') === 'SIGKILL';
  return {
    mechanism: byPtrace ? 'ptrace-exitkill' : 'kill',
    reason: byPtrace ? 'the kernel drops a SIGKILL that is sent to PID 1 from inside' : 'a signal that the main process handles',
    targets,
  };
}

async function requireHearing(context: FaultContext, draft: FaultDraft, target: PodTarget, containerId: string): Promise<void> {
  try {
    await askCarrier(context, target, 'trace', { op: 'hears', signal: readParameter(draft.parameters, 'signal', 'string'), containerId });
  } catch (error) {
    if (error instanceof AgentError) throw new RefusedError(`${target.pod}: ${error.message}`, { cause: error });
    throw error;
  }
}

function inject(context: FaultContext, fault: FaultInstance) {
  return injectAll(fault, async (target) => {
    const pod = await readTarget(context, target);
    const ended = endOf(pod, target);
    if (ended !== undefined) return { at: ended.at ?? Date.now(), detail: ended.detail };
    const request = {
      op: 'start',
      id: fault.id,
      kind: 'process-kill',
      ttlMs,
      signal: readParameter(fault.parameters, 'signal', 'string'),
      containerId: target.containerId,
    };
    try {
      const answer = await askCarrier(context, target, 'trace', request, { once: true });
      const status = agentFaultSchema.parse(answer.fault);
      return { at: status.startedAt || Date.now(), detail: status.evidence };
    } catch (error) {
      context.signal.throwIfAborted();
      if (!isUnreachable(error)) throw error;
      // The agent dies with the container: its answer may have been lost on the way.
      const seen = await awaitEnd(context, target);
      if (seen === undefined) throw error;
      return { at: seen.at ?? Date.now(), detail: seen.detail };
    }
  });
}

interface End {
  at: number | undefined;
  detail: string;
}

/** How the incarnation that was meant ended; undefined: it runs. */
function endOf(pod: V1Pod, target: PodTarget): End | undefined {
  const status = statusOf(pod, target.container);
  if (status === undefined || (status.state?.running !== undefined && containerIdOf(pod, target.container) === target.containerId))
    return undefined;
  const terminated = [status.state?.terminated, status.lastState?.terminated].find((end) =>
    end?.containerID?.endsWith(target.containerId ?? ' '),
  );
  if (terminated === undefined) {
    const runs = containerIdOf(pod, target.container);
    return runs === undefined ? undefined : { at: undefined, detail: `container ${target.container} is another one now, with id ${runs}` };
  }
  const { exitCode, signal, reason, finishedAt } = terminated;
  const how = signal === undefined || signal === 0 ? `exit code ${exitCode}` : `signal ${signal}`;
  return {
    at: finishedAt === undefined ? undefined : new Date(finishedAt).getTime(),
    detail: `container ${target.container} ended with ${how} (${reason ?? 'no reason'}), restart count ${status.restartCount}`,
  };
}

async function awaitEnd(context: FaultContext, target: PodTarget): Promise<End | undefined> {
  for (const end = Date.now() + endTimeoutMs; ; ) {
    const seen = endOf(await readTarget(context, target), target);
    if (seen !== undefined || Date.now() > end) return seen;
    await delay(200, undefined, { signal: context.signal });
  }
}

async function verify(context: FaultContext, fault: FaultInstance): Promise<ReadBack> {
  const perTarget = await Promise.all(
    podTargets(fault).map(async (target) => {
      try {
        const end = await awaitEnd(context, target);
        return {
          target: target.pod,
          ok: end !== undefined,
          detail: end?.detail ?? `container ${target.container} still is ${target.containerId}`,
        };
      } catch (error) {
        if (!(error instanceof TargetGoneError)) throw error;
        return { target: target.pod, ok: true, detail: error.message };
      }
    }),
  );
  return { ok: perTarget.every((entry) => entry.ok), at: Date.now(), perTarget };
}

async function revert(_context: FaultContext, fault: FaultInstance): Promise<Reverted> {
  const at = Date.now();
  const perTarget = podTargets(fault).map(({ pod }) => ({
    target: pod,
    by: 'workflow' as const,
    at,
    detail: 'nothing to undo: the kubelet starts the container anew',
  }));
  return { revertedAt: at, revertedBy: 'workflow', perTarget };
}

/** Gone is the incarnation that was meant; whether the next one serves is for the hypothesis. */
async function confirm(context: FaultContext, fault: FaultInstance): Promise<ReadBack> {
  return verify(context, fault);
}
