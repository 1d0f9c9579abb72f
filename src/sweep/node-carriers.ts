import { setTimeout as delay } from 'node:timers/promises';
import type { V1Pod } from '@kubernetes/client-node';
import { objectKeys } from '../contracts/object-keys.ts';
import { errorMessage } from '../error-message.ts';
import { type CarrierPlace, carrierContainer } from '../faults/node/carrier-pod.ts';
import { CarrierGoneError, nodeFault, readNodeCarrier, removeNodeCarrier } from '../faults/node/node-carrier.ts';
import type { FaultContext } from '../faults/verbs.ts';
import { readTime } from './borne-objects.ts';
import { eachOf } from './each-of.ts';
import type { Sighting, Undoing } from './sighting.ts';

const atOnce = 16;
/** A kubelet gives the agent three seconds, and tells the API server then. */
const goneTimeoutMs = 20_000;

/** Pods of squall's own on nodes, by their labels. What their fault is and until when is written on them. */
export async function seeNodeCarriers(context: FaultContext, namespace: string | undefined): Promise<Sighting[]> {
  const pods: V1Pod[] = await context.cluster.listObjects(
    {
      apiVersion: 'v1',
      kind: 'Pod',
      labelSelector: `app.kubernetes.io/managed-by=squall,${objectKeys.fault}`,
      ...(namespace !== undefined && { namespace }),
    },
    context.signal,
  );
  return eachOf(atOnce, pods, (pod) => see(context, pod));
}

async function see(context: FaultContext, pod: V1Pod): Promise<Sighting> {
  const { namespace = '', name = '', annotations = {} } = pod.metadata ?? {};
  const fault = annotations[objectKeys.fault] ?? null;
  const place = placeOf(pod);
  const sighting = {
    where: `${namespace}/${name} on node ${place.node}`,
    run: annotations[objectKeys.run] ?? null,
    fault,
    kind: annotations[objectKeys.faultType] ?? 'node carrier',
    deadline: readTime(annotations[objectKeys.expiresAt]),
  };
  const { phase } = pod.status ?? {};
  if (phase === 'Succeeded' || phase === 'Failed') {
    return {
      ...sighting,
      is: 'ended',
      evidence: `its pod has ended: ${pod.status?.reason ?? phase}`,
      undoing: removing(pod, place, 'delete the pod'),
    };
  }
  const undoing = removing(pod, place, 'have its agent stop, and delete the pod');
  return { ...sighting, is: 'fault', evidence: await evidenceOf(context, place, fault), undoing };
}

/** Not hearing of the agent changes nothing: whose it is and until when is known. */
async function evidenceOf(context: FaultContext, place: CarrierPlace, fault: string | null): Promise<string> {
  if (fault === null) return 'it says not whose it is';
  try {
    const { state, evidence } = await nodeFault(context, place, 'status', fault);
    return `${state}: ${evidence}`;
  } catch (error) {
    context.signal.throwIfAborted();
    return `its agent does not tell: ${errorMessage(error)}`;
  }
}

function removing(pod: V1Pod, place: CarrierPlace, how: string): Undoing {
  const { uid = '', annotations = {} } = pod.metadata ?? {};
  const fault = annotations[objectKeys.fault];
  return {
    how,
    target: `node/${place.node}`,
    involved: { apiVersion: 'v1', kind: 'Pod', namespace: place.namespace, name: place.name, uid },
    async act(context) {
      const stopped = fault === undefined ? '' : await stop(context, place, fault);
      await removeNodeCarrier(context, place);
      const end = Date.now() + goneTimeoutMs;
      for (;;) {
        // The pod goes from the API only once its kubelet has said that its processes have ended.
        const now = await readNodeCarrier(context, place);
        if (now?.metadata?.uid !== uid) return { ok: true, detail: `${stopped}the pod has ended and is gone` };
        if (Date.now() > end)
          return { ok: false, detail: `${stopped}the pod is being deleted, and its kubelet has not said that it has ended` };
        await delay(200, undefined, { signal: context.signal });
      }
    },
  };
}

/** A load, and an agent that is gone, end with the pod; what is said of it is evidence only. */
async function stop(context: FaultContext, place: CarrierPlace, fault: string): Promise<string> {
  try {
    return `${(await nodeFault(context, place, 'stop', fault)).evidence}; `;
  } catch (error) {
    context.signal.throwIfAborted();
    return error instanceof CarrierGoneError ? '' : `its agent could not be asked (${errorMessage(error)}); `;
  }
}

/** Where its agent is reached, as the pod itself says. */
function placeOf({ metadata, spec }: V1Pod): CarrierPlace {
  const command = spec?.containers.find(({ name }) => name === carrierContainer)?.command ?? [];
  const control = command[command.indexOf('--control') + 1];
  const port = command.includes('--control') ? Number(control?.replace(/^.*:/, '')) : Number.NaN;
  return {
    namespace: metadata?.namespace ?? '',
    name: metadata?.name ?? '',
    node: spec?.nodeName ?? '',
    kind: Number.isNaN(port) ? 'load' : spec?.hostPID === true ? 'kubelet' : 'network',
    port: Number.isNaN(port) ? null : port,
  };
}
