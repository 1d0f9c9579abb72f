import type { KubernetesObject, V1ConfigMap } from '@kubernetes/client-node';
import { z } from 'zod';
import { isRecord } from '../../campaign/document.ts';
import { objectKeys } from '../../contracts/object-keys.ts';
import type { FaultInstance } from '../../contracts/plan.ts';
import { ClusterError, type ObjectReference } from '../../kubernetes/cluster.ts';
import { ownershipAnnotations } from '../object-borne/ownership.ts';
import type { FaultContext, FaultVerbs } from '../verbs.ts';

const key = 'fault.json';
const prefix = 'squall-fault-';

/**
 * Verbs of a fault that shows neither in an agent nor on an object: they leave a record of it in the cluster, by which it
 * can be found and undone. It is there before the fault, and goes once the fault is proven gone.
 */
export function recorded(verbs: FaultVerbs): FaultVerbs {
  return {
    ...verbs,
    async inject(context, fault) {
      await writeRecord(context, fault);
      return verbs.inject(context, fault);
    },
    async confirm(context, fault) {
      const confirmed = await verbs.confirm(context, fault);
      if (confirmed.ok) await dropRecord(context, fault);
      return confirmed;
    },
  };
}

/** Once; an earlier attempt's stays. @throws ClusterError */
async function writeRecord(context: FaultContext, fault: FaultInstance): Promise<void> {
  const { name, namespace } = referenceOf(fault);
  const record: V1ConfigMap = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name,
      namespace,
      labels: { [objectKeys.fault]: fault.id, 'app.kubernetes.io/managed-by': 'squall' },
      annotations: ownershipAnnotations(fault, {}),
    },
    data: { [key]: JSON.stringify(fault) },
  };
  try {
    await context.cluster.createObject(record, {}, context.signal);
  } catch (error) {
    if (!(error instanceof ClusterError) || error.status !== 409) throw error;
  }
}

/** Also when there is none. @throws ClusterError */
export async function dropRecord(context: FaultContext, fault: Pick<FaultInstance, 'id' | 'namespace'>): Promise<void> {
  const reference = referenceOf(fault);
  const uid = (await context.cluster.readObject(reference, context.signal))?.metadata?.uid;
  if (uid !== undefined) await context.cluster.deleteObject({ ...reference, uid }, undefined, context.signal);
}

function referenceOf({ id, namespace }: Pick<FaultInstance, 'id' | 'namespace'>): ObjectReference & { namespace: string } {
  return { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: `${prefix}${id}` };
}

export function isRecordOfFault({ kind, metadata }: KubernetesObject): boolean {
  return kind === 'ConfigMap' && (metadata?.name ?? '').startsWith(prefix);
}

const parameterValue = z.unknown();
const targetSchema = z.object({
  kind: z.literal('pod'),
  namespace: z.string(),
  pod: z.string(),
  uid: z.string(),
  ip: z.string(),
  node: z.string(),
  zone: z.string().nullable(),
  container: z.string(),
  role: z.enum(['redis-primary', 'redis-replica']).nullable(),
});
const faultSchema = z.object({
  id: z.string().regex(/^[a-z0-9-]{1,63}$/),
  runId: z.string(),
  experiment: z.string(),
  fault: z.string(),
  cluster: z.string(),
  namespace: z.string(),
  selector: z.string(),
  targets: z.array(targetSchema).min(1),
  parameters: z.record(z.string(), parameterValue),
  onRestart: z.enum(['reestablish', 'end']),
  mechanism: z.string(),
  endsAt: z.number(),
  deadline: z.number(),
});

/**
 * The fault a record is of.
 *
 * @throws Error when it is not what squall writes: who may write ConfigMaps in a namespace must not have squall act elsewhere
 */
export function readRecord(object: KubernetesObject): FaultInstance {
  const { name, namespace } = object.metadata ?? {};
  const place = `ConfigMap ${namespace}/${name}`;
  const data: unknown = 'data' in object ? object.data : undefined;
  const text = isRecord(data) ? data[key] : undefined;
  const fault = faultSchema.parse(JSON.parse(typeof text === 'string' ? text : 'null'));
  const strange = [fault.namespace, ...fault.targets.map((target) => target.namespace)].find((one) => one !== namespace);
  if (strange !== undefined) throw new Error(`${place} speaks of namespace ${strange}, expected its own`);
  if (name !== `${prefix}${fault.id}`) throw new Error(`${place} is of fault ${fault.id}, expected the one it is named after`);
  return fault as FaultInstance;
}
