import { type KubernetesObject, PatchStrategy } from '@kubernetes/client-node';
import { ClusterError, type ListQuery, type ObjectIdentity, type ObjectReference } from './cluster.ts';
import type { Connection } from './connection.ts';
import { listAll } from './list-all.ts';
import { orUndefined } from './or-undefined.ts';

/** undefined: there is no such object */
export function readObject(
  connection: Connection,
  reference: ObjectReference,
  signal?: AbortSignal,
): Promise<KubernetesObject | undefined> {
  const { apiVersion, kind, metadata } = header(reference);
  return orUndefined(
    connection.call(`read ${nameOf(reference)}`, signal, (options) =>
      connection.objects.read<KubernetesObject>({ apiVersion, kind, metadata }, undefined, undefined, undefined, connection.whole(options)),
    ),
  );
}

/** Every object of the kind that matches; without a namespace, of all of them. */
export async function listObjects(connection: Connection, query: ListQuery, signal?: AbortSignal): Promise<KubernetesObject[]> {
  const { apiVersion, kind, namespace, labelSelector, fieldSelector, keep = () => true } = query;
  const operation = `list ${kind} ${namespace ?? ''}${labelSelector === undefined ? '' : ` with ${labelSelector}`}`;
  return listAll(connection, operation, signal, async ({ limit, _continue }, options) => {
    const page = await connection.objects.list<KubernetesObject>(
      apiVersion,
      kind,
      namespace,
      undefined,
      undefined,
      undefined,
      fieldSelector,
      labelSelector,
      limit,
      _continue,
      connection.whole(options),
    );
    // Items of a list carry no type of their own.
    const items = page.items.map((item) => ({ ...item, apiVersion, kind })).filter(keep);
    return { items, ...(page.metadata && { metadata: page.metadata }) };
  });
}

/** @throws ClusterError with status 409 when there is one of this name already */
export function createObject<T extends KubernetesObject>(
  connection: Connection,
  object: T,
  { dryRun = false }: { dryRun?: boolean } = {},
  signal?: AbortSignal,
): Promise<T> {
  const { kind = '', metadata } = object;
  return connection.call(`create ${kind} ${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`, signal, (options) =>
    connection.objects.create(object, undefined, dryRun ? 'All' : undefined, 'squall', connection.whole(options)),
  );
}

/** A JSON merge patch: null removes a key. With a resourceVersion in its metadata, it is refused (409) when somebody was faster. */
export function patchObject(
  connection: Connection,
  reference: ObjectReference,
  patch: object,
  { dryRun = false }: { dryRun?: boolean } = {},
  signal?: AbortSignal,
): Promise<KubernetesObject> {
  const { apiVersion, kind, metadata } = header(reference);
  const given = 'metadata' in patch && typeof patch.metadata === 'object' ? patch.metadata : {};
  const body = { ...patch, apiVersion, kind, metadata: { ...given, ...metadata } };
  return connection.call(`patch ${nameOf(reference)}`, signal, (options) =>
    connection.objects.patch<KubernetesObject>(
      body,
      undefined,
      dryRun ? 'All' : undefined,
      'squall',
      undefined,
      PatchStrategy.MergePatch,
      connection.whole(options),
    ),
  );
}

/** Deletes just this incarnation, and just this version if one is given. `gone`: none has this name and uid. */
export async function deleteObject(
  connection: Connection,
  identity: ObjectIdentity,
  gracePeriodSeconds?: number,
  signal?: AbortSignal,
): Promise<'deleted' | 'gone'> {
  const { apiVersion, kind, metadata } = header(identity);
  const { uid, resourceVersion } = identity;
  const preconditions = { uid, ...(resourceVersion !== undefined && { resourceVersion }) };
  const body = { preconditions, ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }) };
  try {
    await connection.call(`delete ${nameOf(identity)} (uid ${uid})`, signal, (options) =>
      connection.objects.delete(
        { apiVersion, kind, metadata },
        undefined,
        undefined,
        undefined,
        undefined,
        undefined,
        body,
        connection.whole(options),
      ),
    );
    return 'deleted';
  } catch (error) {
    if (isGone(error)) return 'gone';
    throw error;
  }
}

/** 409 is also what a webhook or a concurrent update may answer: those say nothing of the uid. */
export function isGone(error: unknown): boolean {
  if (!(error instanceof ClusterError)) return false;
  return error.status === 404 || (error.status === 409 && /UID in (the )?precondition/i.test(error.message));
}

function header({ apiVersion, kind, namespace, name }: ObjectReference) {
  return { apiVersion, kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) } };
}

function nameOf({ kind, namespace, name }: ObjectReference): string {
  return namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}
