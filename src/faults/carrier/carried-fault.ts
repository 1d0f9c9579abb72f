import { setTimeout as delay } from 'node:timers/promises';
import type { Injected, ReadBack, Reverted, Reverter } from '../../contracts/evidence.ts';
import type { FaultInstance, PodTarget } from '../../contracts/plan.ts';
import { errorMessage } from '../../error-message.ts';
import { now } from '../clock.ts';
import { injectTargets } from '../inject-targets.ts';
import { podTargets } from '../targets.ts';
import type { FaultContext } from '../verbs.ts';
import { type AgentFault, agentFaultSchema } from './agent-protocol.ts';
import { askCarrier, type CarrierKind, statusOf, TargetGoneError } from './carrier.ts';

const effectTimeoutMs = 5_000;

/** Time left until the fault's deadline. Throws when there is none: a late retry must not start a fault anew. */
export function timeToLive(fault: FaultInstance): number {
  const ttl = fault.deadline - now();
  if (ttl <= 0) throw new Error(`fault ${fault.id} is past its deadline by ${-ttl} ms: it is not injected any more`);
  return ttl;
}

/** Injects on every target at once; `start` answers when the fault was in effect on its target, and how that looks. */
export async function injectAll(
  fault: FaultInstance,
  start: (target: PodTarget) => Promise<{ at: number; detail: string }>,
): Promise<Injected> {
  return injectTargets(fault, podTargets(fault), start);
}

/**
 * Reads back on every target, again and again until all are in effect, one has ended for good, or some seconds have passed. What is
 * not in effect beside a container that restarted is told with how that ended.
 */
export async function verifyCarried(context: FaultContext, fault: FaultInstance, kind: CarrierKind): Promise<ReadBack> {
  const targets = podTargets(fault);
  const end = Date.now() + effectTimeoutMs;
  for (;;) {
    const found = await Promise.all(
      targets.map(async (target) => {
        try {
          const status = await agentStatus(context, fault, target, kind, 'status');
          const active = status.state === 'active';
          // A load tells us that it is felt before its agent has noted it: it is there, and will be active in a moment.
          const { startedAt, evidence: detail } = status;
          return { target, startedAt, ok: active && status.inEffect, over: !active && !status.inEffect, detail };
        } catch (error) {
          context.signal.throwIfAborted();
          return { target, startedAt: null, ok: false, over: error instanceof TargetGoneError, detail: errorMessage(error) };
        }
      }),
    );
    const ok = found.every((entry) => entry.ok);
    if (ok || found.some((entry) => entry.over) || Date.now() > end) {
      const perTarget = await Promise.all(
        found.map(async ({ target, ok, detail }) => ({
          target: target.pod,
          ok,
          detail: ok || kind === 'network' ? detail : `${detail}${await lastEnd(context, target)}`,
        })),
      );
      return { ok, at: Date.now(), perTarget, ...lastBegin(found) };
    }
    await delay(200, undefined, { signal: context.signal });
  }
}

/** Ends the fault on every target, whoever ended it first. Throws when a target could not be reached: it is tried again. */
export async function revertCarried(context: FaultContext, fault: FaultInstance, kind: CarrierKind): Promise<Reverted> {
  const targets = podTargets(fault);
  const ended = await Promise.all(
    targets.map(async (target) => {
      try {
        const status = await agentStatus(context, fault, target, kind, 'stop');
        return { target, by: reverter(status), at: endOf(status, fault), detail: status.evidence, startedAt: status.startedAt };
      } catch (error) {
        if (!(error instanceof TargetGoneError)) throw error;
        const detail = `${error.message}; the fault went with it`;
        return { target, by: 'workflow' as const, at: Date.now(), detail, startedAt: null };
      }
    }),
  );
  const perTarget = ended.map(({ target, by, at, detail }) => ({ target: target.pod, by, at, detail }));
  const last = perTarget.reduce((latest, entry) => (entry.at > latest.at ? entry : latest), perTarget[0] ?? noTargets(fault));
  return { revertedAt: last.at, revertedBy: last.by, perTarget, ...lastBegin(ended) };
}

/** Of agents' faults, when the last of them began. Nothing: no agent knows of one. */
function lastBegin(faults: readonly Pick<AgentFault, 'startedAt'>[]): { begunAt?: number } {
  const begunAt = Math.max(...faults.map(({ startedAt }) => startedAt ?? 0));
  return begunAt > 0 ? { begunAt } : {};
}

/** Reads back that no target shows anything of the fault any more. */
export async function confirmCarried(context: FaultContext, fault: FaultInstance, kind: CarrierKind): Promise<ReadBack> {
  const targets = podTargets(fault);
  const perTarget = await Promise.all(
    targets.map(async (target) => {
      try {
        const status = await agentStatus(context, fault, target, kind, 'status');
        return { target: target.pod, ok: status.state !== 'active' && !status.inEffect, detail: status.evidence };
      } catch (error) {
        if (!(error instanceof TargetGoneError)) throw error;
        return { target: target.pod, ok: true, detail: `${error.message}; the fault went with it` };
      }
    }),
  );
  return { ok: perTarget.every((entry) => entry.ok), at: Date.now(), perTarget };
}

async function agentStatus(
  context: FaultContext,
  fault: FaultInstance,
  target: PodTarget,
  kind: CarrierKind,
  op: 'status' | 'stop',
): Promise<AgentFault> {
  const answer = await askCarrier(context, target, kind, { op, id: fault.id }, { waits: false });
  return agentFaultSchema.parse(answer.fault);
}

/** How the target container ended the last time, as the kubelet has it: the processes in it, the fault's too, went with that. */
async function lastEnd(context: FaultContext, target: PodTarget): Promise<string> {
  const pod = await context.cluster.readPod(target.namespace, target.pod, context.signal).catch(() => undefined);
  const status = pod === undefined ? undefined : statusOf(pod, target.container);
  const end = status?.state?.terminated ?? status?.lastState?.terminated;
  if (status === undefined || end === undefined) return '';
  const at = end.finishedAt === undefined ? '' : ` at ${new Date(end.finishedAt).toISOString()}`;
  return `; container ${target.container} has restarted ${status.restartCount} times, and ended last${at} with ${end.reason ?? 'no reason'}, exit code ${end.exitCode}`;
}

/**
 * When a fault ended on a target. An agent that knows nothing of it has died and come anew: the fault died with it, at a time
 * nobody noted, but never past its deadline, when the agent would have ended it.
 */
export function endOf(status: Pick<AgentFault, 'state' | 'endedAt'>, fault: Pick<FaultInstance, 'deadline'>): number {
  if (status.endedAt) return status.endedAt;
  return status.state === 'unknown' && fault.deadline > 0 ? Math.min(Date.now(), fault.deadline) : Date.now();
}

/** The agent's ledger says who ended a fault. An agent that knows nothing of it has died and come anew: the fault died with it. */
function reverter(status: AgentFault): Reverter {
  return status.reason === 'stop' ? 'workflow' : 'carrier';
}

function noTargets(fault: FaultInstance): never {
  throw new Error(`fault ${fault.id} has no targets`);
}
