import type { KubernetesObject, V1EphemeralContainer, V1Pod } from '@kubernetes/client-node';
import { z } from 'zod';
import { errorMessage } from '../error-message.ts';
import { AgentError, type AgentFault, agentAnswerSchema, agentFaultSchema } from '../faults/carrier/agent-protocol.ts';
import { statusOf } from '../faults/carrier/carrier.ts';
import type { FaultContext } from '../faults/verbs.ts';
import type { ContainerAddress } from '../kubernetes/cluster.ts';
import { eachOf } from './each-of.ts';
import type { Sighting, Undoing } from './sighting.ts';

const atOnce = 16;
const askTimeoutMs = 10_000;
const stopTimeoutMs = 20_000;

const leftoverSchema = z.object({ id: z.string(), mechanism: z.string(), until: z.number(), where: z.string(), owner: z.number() });
const listSchema = z.object({ faults: z.array(agentFaultSchema), leftovers: z.array(leftoverSchema).nullish() });

interface PodCarrier {
  pod: V1Pod;
  address: ContainerAddress;
}

/** Ephemeral containers that run squall's agent, and what they hold. Only in pods that have a running one is anything asked. */
export async function seePodCarriers(context: FaultContext, namespace: string | undefined): Promise<Sighting[]> {
  const pods: V1Pod[] = await context.cluster.listObjects(
    {
      apiVersion: 'v1',
      kind: 'Pod',
      fieldSelector: 'status.phase=Running',
      ...(namespace !== undefined && { namespace }),
      keep: (pod) => agentContainers(pod).length > 0,
    },
    context.signal,
  );
  const carriers = pods.flatMap((pod) =>
    agentContainers(pod).map(({ name }): PodCarrier => {
      const { namespace: where = '', name: podName = '' } = pod.metadata ?? {};
      return { pod, address: { namespace: where, pod: podName, container: name } };
    }),
  );
  return (await eachOf(atOnce, carriers, (carrier) => see(context, carrier))).flat();
}

function agentContainers(pod: V1Pod | KubernetesObject): V1EphemeralContainer[] {
  const containers = (pod as V1Pod).spec?.ephemeralContainers ?? [];
  return containers.filter(({ name, command }) => name.startsWith('squall-') && command?.[0] === '/squall-agent');
}

async function see(context: FaultContext, { pod, address }: PodCarrier): Promise<Sighting[]> {
  const carrier = {
    where: `${address.namespace}/${address.pod}/${address.container}`,
    run: null,
    fault: null,
    kind: 'carrier',
    deadline: null,
    undoing: null,
  };
  const state = statusOf(pod, address.container)?.state;
  if (state?.terminated !== undefined) return [{ ...carrier, is: 'ended', evidence: `ended: ${state.terminated.reason ?? 'no reason'}` }];
  if (state?.running === undefined) return [{ ...carrier, is: 'idle', evidence: `not started: ${state?.waiting?.reason ?? 'no status'}` }];
  try {
    const { faults, leftovers } = listSchema.parse(await call(context, address, { op: 'list' }, askTimeoutMs));
    const active = faults.filter((fault) => fault.state !== 'ended');
    const sightings = [
      ...active.map((fault) => heldFault(carrier.where, pod, address, fault)),
      // What another agent that lives holds, that one tells.
      ...(leftovers ?? []).filter(({ owner }) => owner === 0).map((leftover) => leftoverOf(carrier.where, pod, address, leftover)),
    ];
    return sightings.length > 0 ? sightings : [{ ...carrier, is: 'idle', evidence: `warm, ${faults.length} faults ended` }];
  } catch (error) {
    context.signal.throwIfAborted();
    return [{ ...carrier, is: 'unread', evidence: `its agent does not tell what it holds: ${errorMessage(error)}` }];
  }
}

function heldFault(where: string, pod: V1Pod, address: ContainerAddress, { id, kind, endsAt, evidence }: AgentFault): Sighting {
  return {
    where,
    run: null,
    fault: id,
    kind: kind ?? 'fault',
    deadline: endsAt || null,
    evidence,
    is: 'fault',
    undoing: stopping(pod, address, id, 'have the agent stop it'),
  };
}

function leftoverOf(where: string, pod: V1Pod, address: ContainerAddress, leftover: z.infer<typeof leftoverSchema>): Sighting {
  const { id, mechanism, until, where: what } = leftover;
  const common = { where, run: null, kind: mechanism, deadline: until > 0 ? until : null, evidence: `left in the kernel: ${what}` };
  // A qdisc that nothing is sent through changes nothing, and goes with the pod, or with the next fault that uses it.
  if (id === '') return { ...common, fault: null, is: 'ended', undoing: null };
  return { ...common, fault: id, is: 'unclaimed', undoing: stopping(pod, address, id, 'have the agent remove it from the kernel') };
}

function stopping(pod: V1Pod, address: ContainerAddress, id: string, how: string): Undoing {
  return {
    how,
    target: address.pod,
    involved: { apiVersion: 'v1', kind: 'Pod', namespace: address.namespace, name: address.pod, uid: pod.metadata?.uid ?? '' },
    async act(context) {
      const now = await context.cluster.readPod(address.namespace, address.pod, context.signal);
      if (now?.metadata?.uid !== pod.metadata?.uid) return { ok: true, detail: 'the pod is gone, and the fault with it' };
      if (statusOf(now ?? pod, address.container)?.state?.terminated !== undefined) {
        return { ok: true, detail: 'the carrier has ended, and the fault with it' };
      }
      await ask(context, address, { op: 'stop', id });
      // Asked anew: what a stop says of itself is no proof.
      const { state, inEffect, evidence } = await ask(context, address, { op: 'status', id });
      return { ok: state !== 'active' && !inEffect, detail: evidence };
    },
  };
}

async function ask(context: FaultContext, address: ContainerAddress, request: Record<string, unknown>): Promise<AgentFault> {
  const answer = agentAnswerSchema.parse(await call(context, address, request, stopTimeoutMs));
  if (!answer.ok) throw new AgentError(answer.error?.code ?? 'unknown', answer.error?.message ?? JSON.stringify(answer));
  return agentFaultSchema.parse(answer.fault);
}

async function call(
  context: FaultContext,
  address: ContainerAddress,
  request: Record<string, unknown>,
  timeoutMs: number,
): Promise<unknown> {
  const argv = ['/squall-agent', 'call', JSON.stringify(request)];
  const { stdout, stderr } = await context.cluster.exec(address, argv, { timeoutMs, signal: context.signal });
  if (stdout.trim() === '') throw new Error(stderr.trim() || 'it says nothing');
  return JSON.parse(stdout);
}
