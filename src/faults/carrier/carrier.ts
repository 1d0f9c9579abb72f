import { setTimeout as delay } from 'node:timers/promises';
import type { V1ContainerStatus, V1EphemeralContainer, V1Pod, V1SecurityContext } from '@kubernetes/client-node';
import type { PodTarget } from '../../contracts/plan.ts';
import { ClusterError, type ContainerAddress } from '../../kubernetes/cluster.ts';
import type { FaultContext } from '../verbs.ts';
import { type Abilities, AgentError, abilitiesSchema, agentAnswerSchema, agentProtocol } from './agent-protocol.ts';

/**
 * What carries a fault into a pod: an ephemeral container that runs squall's agent. It can be neither
 * removed nor restarted, so it is kept warm and used again; it ends itself when idle.
 *
 * `network`: in a PID namespace of its own, so that it outlives a restart of the target's containers,
 * with NET_ADMIN and NET_RAW. `process`: in the target container's PID namespace, without capabilities.
 */
export type CarrierKind = 'network' | 'process';

export interface Carrier {
  address: ContainerAddress;
  abilities: Abilities;
}

const startTimeoutMs = 60_000;
const callTimeoutMs = 10_000;
const idleTimeout = '30m';

/** The pod the target names is another one now: same name, other uid. */
export class TargetGoneError extends Error {
  override readonly name = 'TargetGoneError';
}

/** Reads the target's pod; throws TargetGoneError when this incarnation of it is gone. */
export async function readTarget(context: FaultContext, target: PodTarget): Promise<V1Pod> {
  const pod = await context.cluster.readPod(target.namespace, target.pod, context.signal);
  if (pod?.metadata?.uid === target.uid) return pod;
  const now = pod === undefined ? 'no pod has this name' : `the pod of this name has uid ${pod.metadata?.uid} now`;
  throw new TargetGoneError(`pod ${target.namespace}/${target.pod} with uid ${target.uid} is gone: ${now}`);
}

/** A running carrier of this kind in the target's pod: the warm one, else a new one. */
export async function ensureCarrier(context: FaultContext, target: PodTarget, kind: CarrierKind): Promise<Carrier> {
  const carrier = await runningCarrier(context, target, kind, await readTarget(context, target));
  const { uid, targetUid, targetGid } = carrier.abilities;
  if (kind === 'network' || targetUid === null || targetUid === undefined || targetUid === uid) return carrier;
  // The target may execute the agent's binary and reach its socket only when both run as the same user.
  return runningCarrier(context, target, kind, await readTarget(context, target), { uid: targetUid, gid: targetGid ?? targetUid });
}

async function runningCarrier(
  context: FaultContext,
  target: PodTarget,
  kind: CarrierKind,
  pod: V1Pod,
  user?: { uid: number; gid: number },
): Promise<Carrier> {
  const prefix = carrierPrefix(target, kind);
  const image = context.agentImage;
  const specs = pod.spec?.ephemeralContainers ?? [];
  const securityContext = carrierSecurity(kind, pod, target, user);
  for (const spec of specs) {
    if (!spec.name.startsWith(prefix) || spec.image !== image) continue;
    if (spec.securityContext?.runAsUser !== securityContext.runAsUser) continue;
    if (statusOf(pod, spec.name)?.state?.terminated !== undefined) continue;
    return started(context, target, spec.name);
  }
  const taken = new Set(specs.map((spec) => spec.name));
  let number = 1;
  while (taken.has(`${prefix}${number}`)) number++;
  const name = `${prefix}${number}`;
  const container: V1EphemeralContainer = {
    name,
    image,
    imagePullPolicy: 'IfNotPresent',
    command: ['/squall-agent', 'serve', '--idle-timeout', idleTimeout],
    securityContext,
    terminationMessagePolicy: 'FallbackToLogsOnError',
  };
  if (kind === 'process') container.targetContainerName = target.container;
  await context.cluster.addEphemeralContainer(target.namespace, target.pod, container, context.signal);
  return started(context, target, name);
}

/** At most 63 characters with its number, whatever the container's name. */
function carrierPrefix(target: PodTarget, kind: CarrierKind): string {
  return kind === 'network' ? 'squall-net-' : `squall-proc-${target.container.slice(0, 40)}-`;
}

function carrierSecurity(kind: CarrierKind, pod: V1Pod, target: PodTarget, user?: { uid: number; gid: number }): V1SecurityContext {
  if (kind === 'network') {
    return {
      runAsUser: 0,
      runAsNonRoot: false,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'], add: ['NET_ADMIN', 'NET_RAW'] },
    };
  }
  const own = pod.spec?.containers.find((container) => container.name === target.container)?.securityContext;
  const base: V1SecurityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
  const uid = user?.uid ?? own?.runAsUser ?? pod.spec?.securityContext?.runAsUser;
  const gid = user?.gid ?? own?.runAsGroup ?? pod.spec?.securityContext?.runAsGroup;
  if (uid !== undefined) base.runAsUser = uid;
  // A pod that forbids root, without saying who: any other user can look at who the target is.
  else if (own?.runAsNonRoot ?? pod.spec?.securityContext?.runAsNonRoot) base.runAsUser = 65532;
  if (gid !== undefined) base.runAsGroup = gid;
  return base;
}

function statusOf(pod: V1Pod, name: string): V1ContainerStatus | undefined {
  return pod.status?.ephemeralContainerStatuses?.find((status) => status.name === name);
}

async function started(context: FaultContext, target: PodTarget, container: string): Promise<Carrier> {
  const address = { namespace: target.namespace, pod: target.pod, container };
  const end = Date.now() + startTimeoutMs;
  let seen = 'no status yet';
  for (;;) {
    const state = statusOf(await readTarget(context, target), container)?.state;
    if (state?.running) break;
    if (state?.terminated) {
      throw new AgentError(
        'terminated',
        `carrier ${container} in ${target.pod} ended: ${state.terminated.reason} ${state.terminated.message ?? ''}`,
      );
    }
    if (state?.waiting?.reason !== undefined) seen = `${state.waiting.reason} ${state.waiting.message ?? ''}`.trim();
    if (Date.now() > end) {
      throw new AgentError(
        'not-started',
        `carrier ${container} in ${target.pod} is not running after ${startTimeoutMs / 1000} s: ${seen} (image ${context.agentImage})`,
      );
    }
    await delay(100, undefined, { signal: context.signal });
  }
  const abilities = abilitiesSchema.parse(await callAgent(context, address, { op: 'abilities' }));
  if (abilities.protocol !== agentProtocol) {
    throw new AgentError(
      'protocol',
      `carrier ${container} in ${target.pod} speaks protocol ${abilities.protocol}, expected ${agentProtocol}`,
    );
  }
  return { address, abilities };
}

// By cluster, pod and kind. A carrier stays as it is while it runs, so what was found of it needs no second look.
const warm = new Map<string, Carrier>();
const mostWarm = 1_000;

/** Asks the carrier of this kind in the target's pod, the one that answered last if it still does. Throws as `ensureCarrier` and `callAgent`. */
export async function askCarrier(
  context: FaultContext,
  target: PodTarget,
  kind: CarrierKind,
  request: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  const key = JSON.stringify([context.cluster.name, target.uid, kind, kind === 'process' ? target.container : null, context.agentImage]);
  const known = warm.get(key);
  if (known !== undefined) {
    try {
      return await callAgent(context, known.address, request);
    } catch (error) {
      context.signal.throwIfAborted();
      if (!isUnreachable(error)) throw error;
      warm.delete(key);
    }
  }
  const carrier = await ensureCarrier(context, target, kind);
  if (warm.size >= mostWarm) warm.clear();
  warm.set(key, carrier);
  return callAgent(context, carrier.address, request);
}

function isUnreachable(error: unknown): boolean {
  return error instanceof ClusterError || (error instanceof AgentError && (error.code === 'no-answer' || error.code === 'not-listening'));
}

/**
 * Asks an agent. Throws AgentError when it refuses.
 * An agent that has just been started may not listen yet; that alone is tried again, for a second.
 */
export async function callAgent(
  context: FaultContext,
  address: ContainerAddress,
  request: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  const end = Date.now() + 1_000;
  for (;;) {
    const argv = ['/squall-agent', 'call', JSON.stringify(request)];
    const result = await context.cluster.exec(address, argv, { timeoutMs: callTimeoutMs, signal: context.signal });
    const answer = parseAnswer(result.stdout);
    if (answer === undefined) {
      throw new AgentError(
        'no-answer',
        `agent in ${address.pod}/${address.container} answered no JSON, exit code ${result.exitCode}: ${result.stderr || result.stdout}`,
      );
    }
    if (answer.ok) return answer;
    const error = answer.error ?? { code: 'unknown', message: result.stdout };
    if (error.code !== 'not-listening' || Date.now() > end) throw new AgentError(error.code, error.message);
    await delay(50, undefined, { signal: context.signal });
  }
}

function parseAnswer(stdout: string) {
  try {
    return agentAnswerSchema.safeParse(JSON.parse(stdout)).data;
  } catch {
    return undefined;
  }
}
