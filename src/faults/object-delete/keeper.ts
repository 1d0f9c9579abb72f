import type { KubernetesObject, V1ConfigMap, V1Secret } from '@kubernetes/client-node';
import { isRecord } from '../../campaign/document.ts';
import { objectKeys } from '../../contracts/object-keys.ts';
import { type FaultInstance, type ObjectTarget, targetName } from '../../contracts/plan.ts';
import { ClusterError, type ObjectReference } from '../../kubernetes/cluster.ts';
import { ownershipAnnotations } from '../object-borne/ownership.ts';
import type { FaultContext } from '../verbs.ts';
import { contentOf } from './content.ts';
import { keeperKind } from './kinds.ts';

/** etcd takes 1.5 MiB, a Secret 1 MiB, of which base64 leaves three quarters. */
export const maxContentBytes = 700 * 1024;

const key = 'object.json';

/** What is kept of a deleted object. */
export interface Kept {
  /** its uid before it was deleted */
  uid: string;
  content: Record<string, unknown>;
}

/** Keeps an object's content in a ConfigMap or Secret of squall's own, before it is deleted; once. @throws ClusterError */
export async function keep(
  context: FaultContext,
  fault: FaultInstance,
  target: ObjectTarget,
  index: number,
  object: KubernetesObject,
): Promise<void> {
  const reference = keeperOf(fault, target, index);
  const text = JSON.stringify(contentOf(object));
  const metadata = {
    name: reference.name,
    namespace: target.namespace,
    labels: { [objectKeys.fault]: fault.id },
    annotations: ownershipAnnotations(fault, {
      apiVersion: target.apiVersion,
      kind: target.objectKind,
      name: target.name,
      uid: object.metadata?.uid ?? '',
    }),
  };
  const { apiVersion, kind } = reference;
  const keeper: V1ConfigMap | V1Secret =
    kind === 'Secret'
      ? { apiVersion, kind, metadata, type: 'squall.dev/kept', stringData: { [key]: text } }
      : { apiVersion, kind, metadata, data: { [key]: text } };
  try {
    await context.cluster.createObject(keeper, {}, context.signal);
  } catch (error) {
    // An earlier attempt did it.
    if (!(error instanceof ClusterError) || error.status !== 409) throw error;
  }
}

/** undefined: nothing is kept (any more). */
export async function readKept(
  context: FaultContext,
  fault: FaultInstance,
  target: ObjectTarget,
  index: number,
): Promise<Kept | undefined> {
  const reference = keeperOf(fault, target, index);
  const keeper = await context.cluster.readObject(reference, context.signal);
  if (keeper === undefined) return undefined;
  const data: unknown = 'data' in keeper ? keeper.data : undefined;
  const written = isRecord(data) ? data[key] : undefined;
  const text = typeof written !== 'string' ? '' : reference.kind === 'Secret' ? Buffer.from(written, 'base64').toString('utf8') : written;
  const restore: unknown = JSON.parse(keeper.metadata?.annotations?.[objectKeys.restore] ?? 'null');
  const content: unknown = text === '' ? undefined : JSON.parse(text);
  if (!isRecord(content) || !isRecord(restore) || typeof restore.uid !== 'string') {
    throw new Error(`${reference.kind} ${reference.name} should hold the deleted ${targetName(target)}, and does not`);
  }
  return { uid: restore.uid, content };
}

/** Deletes what was kept. @throws ClusterError */
export async function dropKept(context: FaultContext, fault: FaultInstance, target: ObjectTarget, index: number): Promise<void> {
  const reference = keeperOf(fault, target, index);
  const keeper = await context.cluster.readObject(reference, context.signal);
  const uid = keeper?.metadata?.uid;
  if (uid !== undefined) await context.cluster.deleteObject({ ...reference, uid }, undefined, context.signal);
}

function keeperOf(fault: FaultInstance, target: ObjectTarget, index: number): ObjectReference {
  return {
    apiVersion: 'v1',
    kind: keeperKind(target.apiVersion, target.objectKind),
    namespace: target.namespace,
    name: `squall-kept-${fault.id}-${index}`,
  };
}
