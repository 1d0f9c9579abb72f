import { setTimeout as delay } from 'node:timers/promises';
import type { V1Node } from '@kubernetes/client-node';
import type { ReadBack, Reverted } from '../../contracts/evidence.ts';
import { type FaultInstance, type NodeTarget, targetName } from '../../contracts/plan.ts';
import { errorMessage } from '../../error-message.ts';
import { AgentError, type AgentFault } from '../carrier/agent-protocol.ts';
import { timeToLive } from '../carrier/carried-fault.ts';
import { injectTargets } from '../inject-targets.ts';
import { nodeTargets } from '../targets.ts';
import { type FaultContext, type FaultDraft, type FaultVerbs, type Mechanism, RefusedError } from '../verbs.ts';
import { type CarrierPlace, carrierPlace, type NodeCarrierKind } from './carrier-pod.ts';
import { CarrierGoneError, ensureNodeCarrier, nodeFault, readNodeCarrier, removeNodeCarrier } from './node-carrier.ts';
import { readNodes } from './nodes.ts';

const effectTimeoutMs = 5_000;
/** How much longer than the fault its pod may live. */
const slackSeconds = 30;
const trialLife = { seconds: 180, idleSeconds: 60 };
const idleSeconds = 120;

/** A fault that an agent in a pod of squall's own holds on nodes. */
export interface NodeCarried {
  kind: NodeCarrierKind;
  mechanism: Mechanism;
  /** Beyond what holds for every node: throws RefusedError. */
  check?(context: FaultContext, draft: FaultDraft, nodes: V1Node[]): Promise<void>;
  /** Asks an agent on the node, before anything is touched, whether it can be done: throws RefusedError, or AgentError. */
  tryOut(context: FaultContext, draft: FaultDraft, node: V1Node, place: CarrierPlace): Promise<void>;
  /** Idempotent by the fault's id. */
  start(context: FaultContext, fault: FaultInstance, node: V1Node, place: CarrierPlace): Promise<{ at: number; detail: string }>;
  /** what shows of it from outside the node, beside what its agent reads back */
  outside?(context: FaultContext, target: NodeTarget, held: AgentFault): Promise<{ ok: boolean; detail: string }>;
  /** what shows, once the agent is gone, of the node being as it was */
  recovered?(context: FaultContext, target: NodeTarget): Promise<{ ok: boolean; detail: string }>;
}

/**
 * The verbs of such a fault. To prepare, an agent is put on each node, asked, and removed; the one that holds the fault
 * comes with its injection, and goes with its end.
 */
export function nodeCarriedVerbs(fault: NodeCarried): FaultVerbs {
  return {
    prepare: (context, draft) => prepare(context, draft, fault),
    inject: (context, instance) => injectTargets(instance, nodeTargets(instance), (target) => inject(context, instance, target, fault)),
    verify: (context, instance) => verify(context, instance, fault),
    revert: (context, instance) => revert(context, instance, fault),
    confirm: (context, instance) => confirm(context, instance, fault),
  };
}

async function prepare(context: FaultContext, draft: FaultDraft, fault: NodeCarried): Promise<Mechanism> {
  const nodes = await readNodes(context, draft);
  await fault.check?.(context, draft, nodes);
  const trials = nodeTargets(draft).map((target, i) => tryOut(context, draft, target, nodes[i], fault));
  // All of them have removed their pods before it is said what became of the first.
  await Promise.allSettled(trials);
  await Promise.all(trials);
  return fault.mechanism;
}

async function tryOut(context: FaultContext, draft: FaultDraft, target: NodeTarget, node: V1Node | undefined, fault: NodeCarried) {
  if (node === undefined) throw new Error(`node ${target.node} was not read`);
  const place = carrierPlace(draft, target, fault.kind, true);
  try {
    await ensureNodeCarrier(context, draft, place, trialLife);
    await fault.tryOut(context, draft, node, place);
  } catch (error) {
    if (error instanceof AgentError || error instanceof CarrierGoneError) {
      throw new RefusedError(`node ${target.node}: ${error.message}`, { cause: error });
    }
    throw error;
  } finally {
    // Also when the preparation is cancelled: else the pod, which ends by itself, would stay in the API's list.
    await removeNodeCarrier({ ...context, signal: AbortSignal.timeout(10_000) }, place, true);
  }
}

async function inject(context: FaultContext, instance: FaultInstance, target: NodeTarget, fault: NodeCarried) {
  const [node] = await readNodes(context, { id: instance.id, targets: [target] });
  if (node === undefined) throw new Error(`node ${target.node} was not read`);
  const place = carrierPlace(instance, target, fault.kind);
  const held = await heldAlready(context, place, instance.id);
  if (held !== undefined) return { at: held.startedAt ?? Date.now(), detail: `${held.evidence}, as before` };
  const life = { seconds: Math.ceil(timeToLive(instance) / 1_000) + slackSeconds, idleSeconds, deadline: instance.deadline };
  await ensureNodeCarrier(context, instance, place, life);
  return fault.start(context, instance, node, place);
}

/** The fault as an earlier attempt has left it, when it holds: a node that is cut off could not be asked to start it anew. */
async function heldAlready(context: FaultContext, place: CarrierPlace, id: string): Promise<AgentFault | undefined> {
  const pod = await readNodeCarrier(context, place);
  if (pod === undefined || pod.status?.phase === 'Pending') return undefined;
  try {
    const held = await nodeFault(context, place, 'status', id);
    return held.state === 'active' ? held : undefined;
  } catch (error) {
    context.signal.throwIfAborted();
    if (error instanceof AgentError) return undefined;
    if (!(error instanceof CarrierGoneError)) throw error;
    // It died, and the fault with it: another takes its place.
    await removeNodeCarrier(context, place, true);
    return undefined;
  }
}

async function verify(context: FaultContext, instance: FaultInstance, fault: NodeCarried): Promise<ReadBack> {
  const end = Date.now() + effectTimeoutMs;
  for (;;) {
    const perTarget = await Promise.all(
      nodeTargets(instance).map(async (target) => ({ target: targetName(target), ...(await inEffect(context, instance, target, fault)) })),
    );
    const ok = perTarget.every((entry) => entry.ok);
    if (ok || Date.now() > end) return { ok, at: Date.now(), perTarget };
    await delay(200, undefined, { signal: context.signal });
  }
}

async function inEffect(context: FaultContext, instance: FaultInstance, target: NodeTarget, fault: NodeCarried) {
  try {
    const held = await nodeFault(context, carrierPlace(instance, target, fault.kind), 'status', instance.id);
    const seen = await fault.outside?.(context, target, held);
    const ok = held.state === 'active' && held.inEffect && (seen?.ok ?? true);
    return { ok, detail: [held.evidence, seen?.detail].filter((text) => text !== undefined).join('; ') };
  } catch (error) {
    context.signal.throwIfAborted();
    return { ok: false, detail: errorMessage(error) };
  }
}

async function revert(context: FaultContext, instance: FaultInstance, fault: NodeCarried): Promise<Reverted> {
  const perTarget = await Promise.all(
    nodeTargets(instance).map(async (target) => {
      const place = carrierPlace(instance, target, fault.kind);
      const ended = await end(context, instance, place);
      await removeNodeCarrier(context, place);
      return { target: targetName(target), ...ended };
    }),
  );
  const last = perTarget.reduce((latest, entry) => (entry.at > latest.at ? entry : latest));
  return { revertedAt: last.at, revertedBy: last.by, perTarget };
}

/** Ends the fault, whoever did so first. Throws when its agent, which may still hold it, cannot be reached. */
async function end(context: FaultContext, instance: FaultInstance, place: CarrierPlace) {
  try {
    const { reason, endedAt, evidence } = await nodeFault(context, place, 'stop', instance.id);
    return { by: reason === 'stop' ? ('workflow' as const) : ('carrier' as const), at: endedAt || Date.now(), detail: evidence };
  } catch (error) {
    context.signal.throwIfAborted();
    const gone = error instanceof CarrierGoneError;
    // An agent that knows nothing of the fault never began it, or has come anew.
    const strange = error instanceof AgentError && error.code === 'unknown';
    // A load ends with its pod, which is removed next.
    if (!gone && !strange && place.port !== null) throw error;
    const pod = gone ? await readNodeCarrier(context, place) : undefined;
    const by = pod === undefined ? ('workflow' as const) : ('carrier' as const);
    return { by, at: Date.now(), detail: `${errorMessage(error)}; the fault ends with it` };
  }
}

async function confirm(context: FaultContext, instance: FaultInstance, fault: NodeCarried): Promise<ReadBack> {
  const perTarget = await Promise.all(
    nodeTargets(instance).map(async (target) => {
      const place = carrierPlace(instance, target, fault.kind);
      const pod = await readNodeCarrier(context, place);
      // The pod goes from the API only once its kubelet has said that its processes have ended.
      if (pod !== undefined) return { target: targetName(target), ok: false, detail: `squall's pod ${place.name} is there still` };
      const { ok, detail } = (await fault.recovered?.(context, target)) ?? { ok: true, detail: 'the fault went with it' };
      return { target: targetName(target), ok, detail: `squall's pod there has ended; ${detail}` };
    }),
  );
  return { ok: perTarget.every((entry) => entry.ok), at: Date.now(), perTarget };
}
