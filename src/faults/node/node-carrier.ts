import { setTimeout as delay } from 'node:timers/promises';
import type { V1Pod } from '@kubernetes/client-node';
import { z } from 'zod';
import { errorMessage } from '../../error-message.ts';
import { ClusterError, type ContainerAddress } from '../../kubernetes/cluster.ts';
import {
  type AgentAnswer,
  AgentError,
  type AgentFault,
  agentAnswerSchema,
  agentFaultSchema,
  agentProtocol,
} from '../carrier/agent-protocol.ts';
import { type FaultContext, type FaultDraft, RefusedError } from '../verbs.ts';
import { type CarrierLife, type CarrierPlace, carrierContainer, carrierPod } from './carrier-pod.ts';

const startTimeoutMs = 60_000;
const callTimeoutMs = 15_000;
const controlTimeoutMs = 5_000;

/** The carrier is not there, or runs no more: a fault in it has ended. */
export class CarrierGoneError extends Error {
  override readonly name = 'CarrierGoneError';
}

const ability = z.object({ usable: z.boolean(), reason: z.string() });
const nodeAbilitiesSchema = z.object({ protocol: z.number(), isolate: ability, freeze: ability, restart: ability });
export type NodeAbilities = z.infer<typeof nodeAbilitiesSchema>;
const controlSchema = z.object({ ok: z.literal(true), faults: z.array(agentFaultSchema) });

/**
 * Makes the carrier, or finds the one that was made before, and waits until its agent answers.
 *
 * @throws RefusedError when the cluster does not let it in, or it does not start; CarrierGoneError when it has run and ended
 */
export async function ensureNodeCarrier(context: FaultContext, fault: FaultDraft, place: CarrierPlace, life: CarrierLife): Promise<void> {
  try {
    await context.cluster.createObject<V1Pod>(carrierPod(context, fault, place, life), {}, context.signal);
  } catch (error) {
    // Quotas and policies say 403, an admission webhook whatever it likes of 4xx.
    if (error instanceof ClusterError && error.status !== undefined && [400, 403, 422].includes(error.status)) {
      throw new RefusedError(`squall's pod is not let onto node ${place.node}: ${error.message}`, { cause: error });
    }
    if (!(error instanceof ClusterError) || error.status !== 409) throw error;
  }
  await awaitRunning(context, place);
  await awaitAnswer(context, place);
}

/** The carrier's pod; undefined: there is none. */
export function readNodeCarrier(context: FaultContext, { namespace, name }: CarrierPlace): Promise<V1Pod | undefined> {
  return context.cluster.readPod(namespace, name, context.signal);
}

/** Ends the carrier by its own kubelet, unless `now`: then the API forgets it at once. Whether it is gone has to be seen. */
export async function removeNodeCarrier(context: FaultContext, place: CarrierPlace, now = false): Promise<void> {
  const pod = await readNodeCarrier(context, place);
  if (pod?.metadata?.uid === undefined || (pod.metadata.deletionTimestamp !== undefined && !now)) return;
  await context.cluster.deletePod(
    { namespace: place.namespace, name: place.name, uid: pod.metadata.uid },
    now ? 0 : undefined,
    context.signal,
  );
}

export function addressOf({ namespace, name }: CarrierPlace): ContainerAddress {
  return { namespace, pod: name, container: carrierContainer };
}

/** Asks the carrier's agent by an exec, which goes through the node's kubelet. @throws AgentError, CarrierGoneError, ClusterError */
export async function askNodeAgent(context: FaultContext, place: CarrierPlace, request: Record<string, unknown>): Promise<AgentAnswer> {
  try {
    const argv = ['/squall-agent', 'call', JSON.stringify(request)];
    const { stdout, stderr } = await context.cluster.exec(addressOf(place), argv, { timeoutMs: callTimeoutMs, signal: context.signal });
    const answer = agentAnswerSchema.parse(parseJson(stdout, stderr));
    if (!answer.ok) throw new AgentError(answer.error?.code ?? 'unknown', answer.error?.message ?? stdout);
    return answer;
  } catch (error) {
    context.signal.throwIfAborted();
    if (!(error instanceof AgentError)) await throwIfGone(context, place);
    throw error;
  }
}

export async function nodeAbilities(context: FaultContext, place: CarrierPlace): Promise<NodeAbilities> {
  return nodeAbilitiesSchema.parse(await askNodeAgent(context, place, { op: 'node-abilities' }));
}

/**
 * How the fault is, or is once it was stopped. While the node is cut off or its kubelet is frozen, by the agent's control port, to
 * which the API server connects by itself.
 *
 * @throws CarrierGoneError; AgentError; ClusterError
 */
export async function nodeFault(context: FaultContext, place: CarrierPlace, op: 'status' | 'stop', id: string): Promise<AgentFault> {
  if (place.port === null) return agentFaultSchema.parse((await askNodeAgent(context, place, { op, id })).fault);
  try {
    const address = { namespace: place.namespace, pod: place.name, port: place.port };
    const signal = AbortSignal.any([context.signal, AbortSignal.timeout(controlTimeoutMs)]);
    const text = await context.cluster.proxyToPod(address, op === 'status' ? 'GET' : 'POST', op, signal);
    const fault = controlSchema.parse(parseJson(text, '')).faults.find((found) => found.id === id);
    if (fault !== undefined) return fault;
    throw new AgentError('unknown', `the agent on node ${place.node} knows no fault ${id}`);
  } catch (error) {
    context.signal.throwIfAborted();
    if (!(error instanceof AgentError)) await throwIfGone(context, place);
    throw error;
  }
}

async function throwIfGone(context: FaultContext, place: CarrierPlace): Promise<void> {
  const gone = goneBecause(await readNodeCarrier(context, place));
  if (gone !== undefined) throw new CarrierGoneError(`squall's pod ${place.name} on node ${place.node} ${gone}`);
}

/** Why no agent runs in it, for good; undefined: one may. */
function goneBecause(pod: V1Pod | undefined): string | undefined {
  if (pod === undefined) return 'is not there';
  const { phase, reason, message, containerStatuses = [] } = pod.status ?? {};
  const ended = containerStatuses.find(({ name }) => name === carrierContainer)?.state?.terminated;
  if (phase !== 'Failed' && phase !== 'Succeeded' && ended === undefined) return undefined;
  const why = [reason ?? ended?.reason, message ?? ended?.message].filter((text) => text !== undefined && text !== '').join(': ');
  return `has ended${why === '' ? '' : `: ${why.trim()}`}`;
}

async function awaitRunning(context: FaultContext, place: CarrierPlace): Promise<void> {
  const end = Date.now() + startTimeoutMs;
  for (;;) {
    const pod = await readNodeCarrier(context, place);
    const gone = goneBecause(pod);
    if (gone !== undefined) throw new CarrierGoneError(`squall's pod ${place.name} on node ${place.node} ${gone}`);
    const state = pod?.status?.containerStatuses?.find(({ name }) => name === carrierContainer)?.state;
    if (state?.running !== undefined) return;
    if (Date.now() > end) {
      const seen = [state?.waiting?.reason ?? 'no status yet', state?.waiting?.message].filter(Boolean).join(' ');
      throw new RefusedError(`squall's pod on node ${place.node} is not running after ${startTimeoutMs / 1000} s: ${seen}`);
    }
    await delay(100, undefined, { signal: context.signal });
  }
}

/** An agent that has just been started may not listen yet. */
async function awaitAnswer(context: FaultContext, place: CarrierPlace): Promise<void> {
  const end = Date.now() + 5_000;
  for (;;) {
    try {
      await askNodeAgent(context, place, { op: 'ping' });
      return;
    } catch (error) {
      if (!(error instanceof AgentError && error.code === 'not-listening') || Date.now() > end) throw error;
      await delay(50, undefined, { signal: context.signal });
    }
  }
}

function parseJson(text: string, otherwise: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`the agent answered no JSON: ${otherwise || text} (${errorMessage(error)}), of protocol ${agentProtocol} expected`);
  }
}

const unheardTimeoutMs = 15_000;

/**
 * Starts a fault that may cut off the very exec it is started by: what became of it is asked by the control port meanwhile.
 *
 * @throws AgentError when it was refused; Error when it is not known to have begun
 */
export async function startUnheard(
  context: FaultContext,
  place: CarrierPlace,
  request: Record<string, unknown> & { id: string },
): Promise<AgentFault> {
  const heard = new AbortController();
  const signal = AbortSignal.any([context.signal, heard.signal]);
  const told: { answer?: AgentFault; refusal?: AgentError } = {};
  const asking = askNodeAgent({ ...context, signal }, place, { op: 'start', ...request }).then(
    ({ fault }) => {
      told.answer = agentFaultSchema.parse(fault);
    },
    (error: unknown) => {
      if (error instanceof AgentError) told.refusal = error;
    },
  );
  const end = Date.now() + unheardTimeoutMs;
  let problem = '';
  try {
    for (;;) {
      if (told.refusal !== undefined) throw told.refusal;
      if (told.answer !== undefined) return told.answer;
      const held = await nodeFault(context, place, 'status', request.id).catch((error: unknown) => {
        context.signal.throwIfAborted();
        if (error instanceof CarrierGoneError) throw error;
        problem = errorMessage(error);
      });
      if (held !== undefined) return held;
      if (Date.now() > end) throw new Error(`whether fault ${request.id} has begun on node ${place.node} cannot be found out: ${problem}`);
      await delay(100, undefined, { signal: context.signal });
    }
  } finally {
    heard.abort();
    await asking;
  }
}
