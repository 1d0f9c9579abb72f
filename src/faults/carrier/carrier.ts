import { setTimeout as delay } from 'node:timers/promises';
import type { V1ContainerStatus, V1EphemeralContainer, V1Pod } from '@kubernetes/client-node';
import type { PodTarget } from '../../contracts/plan.ts';
import { ClusterError } from '../../kubernetes/cluster.ts';
import { type FaultContext, RefusedError } from '../verbs.ts';
import { type Abilities, type AgentAnswer, AgentError, abilitiesSchema, agentProtocol } from './agent-protocol.ts';
import { askAgent, type CarrierAddress, isUnreachable } from './agent-session.ts';
import { type CarrierKind, type CarrierUser, carrierSecurity } from './carrier-security.ts';

export type { CarrierKind } from './carrier-security.ts';

/**
 * What carries a fault into a pod: an ephemeral container that runs squall's agent. It can be neither
 * removed nor restarted, so it is kept warm and used again; it ends itself when idle.
 */
export interface Carrier {
  address: CarrierAddress;
  abilities: Abilities;
}

const startTimeoutMs = 60_000;
const execTimeoutMs = 10_000;
const firstPollMs = 100;
const longestPollMs = 1_000;
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

// By cluster, pod and kind. A carrier stays as it is while it runs, so what it is able to needs no second look.
const warm = new Map<string, Carrier>();
const mostWarm = 10_000;

function warmKey(context: FaultContext, target: PodTarget, kind: CarrierKind): string {
  const container = kind === 'network' ? null : target.container;
  return JSON.stringify([context.cluster.name, target.uid, kind, container, context.agentImage]);
}

export interface CarrierOptions {
  /**
   * true: while the target container does not run, it is waited for; false: that it does not is a TargetGoneError, since
   * whatever was in its PID namespace ended with it
   */
  waits?: boolean;
}

/**
 * A running carrier of this kind in the target's pod: the one known, if it answers, else the warm one there is, else a new one.
 *
 * @throws TargetGoneError; RefusedError when the API server does not admit it; AgentError when it does not start; ClusterError
 */
export async function ensureCarrier(
  context: FaultContext,
  target: PodTarget,
  kind: CarrierKind,
  { waits = true }: CarrierOptions = {},
): Promise<Carrier> {
  const key = warmKey(context, target, kind);
  const known = warm.get(key);
  if (known !== undefined) {
    try {
      await askAgent(context.cluster, known.address, { op: 'ping' }, context.signal);
      return known;
    } catch (error) {
      context.signal.throwIfAborted();
      if (!isUnreachable(error)) throw error;
    }
  }
  const carrier = await findCarrier(context, target, kind, waits);
  if (warm.size >= mostWarm) warm.clear();
  warm.set(key, carrier);
  return carrier;
}

/**
 * Asks the carrier of this kind in the target's pod, the one that answered last if it still does. When the answer is lost, another
 * carrier may be asked the same, unless `once`: for what must not be done twice. Throws as `ensureCarrier` and `askAgent`.
 */
export async function askCarrier(
  context: FaultContext,
  target: PodTarget,
  kind: CarrierKind,
  request: Record<string, unknown>,
  { once = false, waits = true }: CarrierOptions & { once?: boolean } = {},
): Promise<AgentAnswer> {
  const known = warm.get(warmKey(context, target, kind));
  if (known !== undefined && !once) {
    try {
      return await askAgent(context.cluster, known.address, request, context.signal);
    } catch (error) {
      context.signal.throwIfAborted();
      if (!isUnreachable(error)) throw error;
    }
  }
  const carrier = await ensureCarrier(context, target, kind, { waits });
  return askAgent(context.cluster, carrier.address, request, context.signal);
}

async function findCarrier(context: FaultContext, target: PodTarget, kind: CarrierKind, waits: boolean): Promise<Carrier> {
  const carrier = await runningCarrier(context, target, kind, waits);
  if (kind !== 'process' || (await canRunAgent(context, target, carrier))) return carrier;
  const { uid, targetUid, targetGid } = carrier.abilities;
  if (typeof targetUid === 'number' && targetUid !== uid) {
    const other = await runningCarrier(context, target, kind, waits, { uid: targetUid, gid: targetGid ?? targetUid });
    if (await canRunAgent(context, target, other)) return other;
  }
  throw new RefusedError(
    `container ${target.container} of ${target.pod} cannot run squall's agent: it reaches the file system of the carrier neither as user ${uid} nor as user ${targetUid ?? 'unknown'}`,
  );
}

/**
 * Whether a process run in the target container can execute the carrier's binary: it has to be the same user, which is the
 * container's own and not always that of its main process.
 */
async function canRunAgent(context: FaultContext, target: PodTarget, { abilities }: Carrier): Promise<boolean> {
  const address = { namespace: target.namespace, pod: target.pod, container: target.container };
  try {
    const argv = [`${agentRoot(abilities)}/squall-agent`, 'version'];
    const { exitCode } = await context.cluster.exec(address, argv, { timeoutMs: execTimeoutMs, signal: context.signal });
    return exitCode === 0;
  } catch (error) {
    if (error instanceof ClusterError && !error.retryable) return false;
    throw error;
  }
}

/** The carrier's file system, as a process in the target container sees it. */
export function agentRoot(abilities: Abilities): string {
  return `/proc/${abilities.pid}/root`;
}

async function runningCarrier(
  context: FaultContext,
  target: PodTarget,
  kind: CarrierKind,
  waits: boolean,
  user?: CarrierUser,
): Promise<Carrier> {
  const polls = pollUntil(context.signal, Date.now() + startTimeoutMs);
  const prefix = carrierPrefix(target, kind);
  for (;;) {
    const pod = await readTarget(context, target);
    if (kind === 'network' && pod.spec?.hostNetwork === true)
      throw new RefusedError(`${target.pod} has its node's network for its own: whatever is done to it is done to all of the node`);
    const specs = pod.spec?.ephemeralContainers ?? [];
    const securityContext = carrierSecurity(kind, pod, target, user);
    const there = specs.find(
      (spec) =>
        spec.name.startsWith(prefix) &&
        spec.image === context.agentImage &&
        spec.securityContext?.runAsUser === securityContext.runAsUser &&
        statusOf(pod, spec.name)?.state?.terminated === undefined,
    );
    if (there === undefined && kind !== 'network' && statusOf(pod, target.container)?.state?.running === undefined) {
      // Into the PID namespace of a container that does not run nothing can be put.
      const tell = () => `container ${target.container} of ${target.pod} does not run: ${describeState(statusOf(pod, target.container))}`;
      if (!waits) throw new TargetGoneError(tell());
      await polls.next(tell);
      continue;
    }
    let name = there?.name;
    if (name === undefined) {
      const taken = new Set(specs.map((spec) => spec.name));
      let number = 1;
      while (taken.has(`${prefix}${number}`)) number++;
      name = `${prefix}${number}`;
      const container: V1EphemeralContainer = {
        name,
        image: context.agentImage,
        imagePullPolicy: 'IfNotPresent',
        command: ['/squall-agent', 'serve', '--idle-timeout', idleTimeout],
        securityContext,
        terminationMessagePolicy: 'FallbackToLogsOnError',
      };
      if (kind !== 'network') container.targetContainerName = target.container;
      await add(context, target, container);
    }
    try {
      return await started(context, target, name);
    } catch (error) {
      context.signal.throwIfAborted();
      // What is not allowed now is not allowed in a minute.
      if (error instanceof ClusterError && error.status === 403) throw error;
      // One that has just gone with its target's restart may still be told of as running.
      if (!isUnreachable(error) && !(error instanceof AgentError && error.code === 'terminated')) throw error;
      await polls.next(() => `carrier ${name} in ${target.pod} cannot be reached: ${(error as Error).message}`);
    }
  }
}

/** A pod that may not have such a container is refused: nothing was changed. */
async function add(context: FaultContext, target: PodTarget, container: V1EphemeralContainer): Promise<void> {
  try {
    await context.cluster.addEphemeralContainer(target.namespace, target.pod, container, context.signal);
  } catch (error) {
    if (error instanceof ClusterError && error.status !== undefined && [400, 403, 422].includes(error.status))
      throw new RefusedError(`${target.pod} may not be given squall's container: ${error.message}`, { cause: error });
    throw error;
  }
}

/** At most 63 characters with its number, whatever the container's name. */
function carrierPrefix(target: PodTarget, kind: CarrierKind): string {
  if (kind === 'network') return 'squall-net-';
  return `squall-${kind === 'trace' ? 'trace' : 'proc'}-${target.container.slice(0, 40)}-`;
}

/** The status of a container of the pod, ephemeral or not. */
export function statusOf(pod: V1Pod, name: string): V1ContainerStatus | undefined {
  const all = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.ephemeralContainerStatuses ?? [])];
  return all.find((status) => status.name === name);
}

function describeState(status: V1ContainerStatus | undefined): string {
  const state = status?.state;
  const { reason, message } = state?.waiting ?? state?.terminated ?? {};
  return [reason, message].filter((text) => text !== undefined && text !== '').join(' ') || 'no status yet';
}

async function started(context: FaultContext, target: PodTarget, container: string): Promise<Carrier> {
  const address = { namespace: target.namespace, pod: target.pod, container, uid: target.uid };
  const polls = pollUntil(context.signal, Date.now() + startTimeoutMs);
  for (;;) {
    const status = statusOf(await readTarget(context, target), container);
    if (status?.state?.running) break;
    if (status?.state?.terminated) {
      throw new AgentError('terminated', `carrier ${container} in ${target.pod} ended: ${describeState(status)}`);
    }
    await polls.next(() => `carrier ${container} in ${target.pod} is not running: ${describeState(status)} (image ${context.agentImage})`);
  }
  return { address, abilities: await readAbilities(context, address) };
}

/** Has a carrier try what it is able to now, where that depends on more than itself. Throws as `askAgent`. */
export async function readAbilities(context: FaultContext, address: CarrierAddress): Promise<Abilities> {
  const abilities = abilitiesSchema.parse(await askAgent(context.cluster, address, { op: 'abilities' }, context.signal));
  if (abilities.protocol === agentProtocol) return abilities;
  const { container, pod } = address;
  throw new AgentError('protocol', `carrier ${container} in ${pod} speaks protocol ${abilities.protocol}, expected ${agentProtocol}`);
}

/** Pauses that grow; after `end`, throws AgentError `not-started` with what is told then. */
function pollUntil(signal: AbortSignal, end: number) {
  let pauseMs = firstPollMs;
  return {
    async next(tell: () => string): Promise<void> {
      if (Date.now() > end) throw new AgentError('not-started', tell());
      await delay(pauseMs, undefined, { signal });
      pauseMs = Math.min(pauseMs * 1.5, longestPollMs);
    },
  };
}
