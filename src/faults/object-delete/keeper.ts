import type { KubernetesObject, V1ConfigMap, V1Secret } from '@kubernetes/client-node';
import { isRecord } from '../../campaign/document.ts';
import { objectKeys } from '../../contracts/object-keys.ts';
import type { FaultInstance, ObjectTarget } from '../../contracts/plan.ts';
import { ClusterError, type ObjectReference } from '../../kubernetes/cluster.ts';
import { ownershipAnnotations } from '../object-borne/ownership.ts';
import type { FaultContext } from '../verbs.ts';
import { contentOf } from './content.ts';
import { keeperKind, whyNotRestorable } from './kinds.ts';

/** etcd takes 1.5 MiB, a Secret 1 MiB, of which base64 leaves three quarters. */
export const maxContentBytes = 700 * 1024;

const key = 'object.json';
const attempts = 20;
const namePrefix = 'squall-kept-';

/** What is kept of a deleted object. */
export interface Kept {
  reference: ObjectReference;
  /** its uid before it was deleted */
  uid: string;
  content: Record<string, unknown>;
}

/**
 * Keeps an object's content in a ConfigMap or Secret of squall's own, before it is deleted. What an earlier attempt kept of an
 * older version of the object is replaced, so that what is deleted, in just this version, is what is kept. @throws ClusterError
 */
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
      resourceVersion: object.metadata?.resourceVersion ?? '',
    }),
  };
  const { apiVersion, kind } = reference;
  const content = kind === 'Secret' ? { stringData: { [key]: text } } : { data: { [key]: text } };
  const keeper: V1ConfigMap | V1Secret = { apiVersion, kind, metadata, ...content, ...(kind === 'Secret' && { type: 'squall.dev/kept' }) };
  for (let attempt = 1; ; attempt++) {
    try {
      const there = await context.cluster.readObject(reference, context.signal);
      if (there === undefined) await context.cluster.createObject(keeper, {}, context.signal);
      else if (isOlder(there, object)) {
        const { resourceVersion } = there.metadata ?? {};
        await context.cluster.patchObject(reference, { ...content, metadata: { ...metadata, resourceVersion } }, {}, context.signal);
      }
      return;
    } catch (error) {
      // Another attempt was faster.
      if (!(error instanceof ClusterError) || error.status !== 409 || attempt === attempts) throw error;
    }
  }
}

/** Whether a keeper holds an older version of the object. Versions of one object are numbers that grow. */
function isOlder(keeper: KubernetesObject, { metadata }: KubernetesObject): boolean {
  const restore: unknown = JSON.parse(keeper.metadata?.annotations?.[objectKeys.restore] ?? 'null');
  const kept = isRecord(restore) ? String(restore.resourceVersion ?? '') : '';
  return BigInt(/^\d+$/.test(kept) ? kept : 0) < BigInt(metadata?.resourceVersion ?? 0);
}

/** undefined: nothing is kept (any more). */
export async function readKept(
  context: FaultContext,
  fault: FaultInstance,
  target: ObjectTarget,
  index: number,
): Promise<Kept | undefined> {
  const keeper = await context.cluster.readObject(keeperOf(fault, target, index), context.signal);
  return keeper === undefined ? undefined : keptIn(keeper);
}

/** Whether an object is one in which another is kept. */
export function isKeeper({ kind, metadata }: KubernetesObject): boolean {
  return (kind === 'ConfigMap' || kind === 'Secret') && (metadata?.name ?? '').startsWith(namePrefix);
}

/**
 * What a keeper holds.
 *
 * @throws Error when it is not what squall writes: who may write such an object must not have squall create another kind, or elsewhere
 */
export function keptIn(keeper: KubernetesObject): Kept {
  const place = `${keeper.kind} ${keeper.metadata?.namespace}/${keeper.metadata?.name}`;
  const data: unknown = 'data' in keeper ? keeper.data : undefined;
  const written = isRecord(data) ? data[key] : undefined;
  const text = typeof written !== 'string' ? '' : keeper.kind === 'Secret' ? Buffer.from(written, 'base64').toString('utf8') : written;
  const restore: unknown = JSON.parse(keeper.metadata?.annotations?.[objectKeys.restore] ?? 'null');
  const content: unknown = text === '' ? undefined : JSON.parse(text);
  if (!isRecord(content) || !isRecord(content.metadata) || !isRecord(restore))
    throw new Error(`${place} should hold a deleted object, and does not`);
  const { apiVersion, kind, name, uid } = restore;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string' || typeof name !== 'string' || typeof uid !== 'string') {
    throw new Error(`${place}: its annotation ${objectKeys.restore} does not name what it holds`);
  }
  const namespace = keeper.metadata?.namespace ?? '';
  const found = [content.apiVersion, content.kind, content.metadata.namespace, content.metadata.name];
  const expected = [apiVersion, kind, namespace, name];
  if (found.join(' ') !== expected.join(' ')) throw new Error(`${place} holds ${found.join(' ')}, expected ${expected.join(' ')}`);
  if (keeperKind(apiVersion, kind) !== keeper.kind || whyNotRestorable(kind) !== undefined) {
    throw new Error(`${place} holds a ${kind}, which squall does not keep so`);
  }
  return { uid, content, reference: { apiVersion, kind, namespace, name } };
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
    name: `${namePrefix}${fault.id}-${index}`,
  };
}
