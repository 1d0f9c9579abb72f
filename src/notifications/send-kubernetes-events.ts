import { hostname } from 'node:os';
import type { EventsV1Event, V1ObjectReference } from '@kubernetes/client-node';
import { type Cluster, ClusterError } from '../kubernetes/cluster.ts';
import type { Message } from './message.ts';
import { NotTakenError } from './request.ts';

/** Where an experiment acts. */
export interface ActsOn {
  cluster: string;
  namespace: string;
}

const reasons = {
  'fault.injected': { reason: 'FaultInjected', action: 'InjectFault', type: 'Warning' },
  'fault.reverted': { reason: 'FaultReverted', action: 'RevertFault', type: 'Normal' },
} as const;

/**
 * Events on what a fault is injected into, as `kubectl describe` shows them. An Event's name is made from what it tells: what is sent
 * again makes no second one.
 */
export async function sendKubernetesEvents(cluster: Cluster, { namespace }: ActsOn, message: Message, signal: AbortSignal): Promise<void> {
  const { event, id, run } = message;
  if (event.type !== 'fault.injected' && event.type !== 'fault.reverted') return;
  const { reason, action, type } = reasons[event.type];
  for (const { target, detail } of event.perTarget) {
    const regarding = await referenceTo(cluster, namespace, target, signal);
    const note = `${event.experiment} of ${run.campaign}: ${event.fault}${event.type === 'fault.reverted' ? ' undone' : ''}. ${detail} Run ${run.id}`;
    const body = {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      // The Events of what has no namespace are in `default`.
      metadata: { name: `${regarding.name}.${id.slice('msg_'.length, 20)}`, namespace: regarding.namespace ?? 'default' },
      eventTime: microTime(event.at),
      reportingController: 'squall.dev/worker',
      reportingInstance: hostname().slice(0, 128),
      action,
      reason,
      type,
      regarding,
      note: note.slice(0, 1_024),
    };
    try {
      await cluster.createObject(body as unknown as EventsV1Event, undefined, signal);
    } catch (error) {
      if (!(error instanceof ClusterError)) throw error;
      if (error.status !== 409) throw new NotTakenError(error.message, !error.retryable, { cause: error });
    }
  }
}

/** `redis-0`, `node/worker-1`, `ConfigMap/settings`, as events of runs have it. */
async function referenceTo(cluster: Cluster, namespace: string, target: string, signal: AbortSignal): Promise<V1ObjectReference> {
  const [first = '', name] = target.split('/');
  if (first === 'node' && name !== undefined) {
    const node = await orNothing(cluster.readObject({ apiVersion: 'v1', kind: 'Node', name }, signal));
    return { apiVersion: 'v1', kind: 'Node', name, ...(node?.metadata?.uid && { uid: node.metadata.uid }) };
  }
  if (name !== undefined) return { kind: first, namespace, name };
  // A pod that is gone by now is still named.
  const pod = await orNothing(cluster.readPod(namespace, target, signal));
  return { apiVersion: 'v1', kind: 'Pod', namespace, name: target, ...(pod?.metadata?.uid && { uid: pod.metadata.uid }) };
}

async function orNothing<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof ClusterError) return undefined;
    throw error;
  }
}

/** As the API has it: with microseconds. */
function microTime(iso: string): string {
  return new Date(iso).toISOString().replace(/\.(\d{3})Z$/, '.$1000Z');
}
