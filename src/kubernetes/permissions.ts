import type { Permission } from '../contracts/plan.ts';
import type { Connection } from './connection.ts';

const concurrency = 8;
/** A right that was granted is taken for granted for so long: runs that follow one another ask for the same ones. */
const grantedForMs = 60_000;
/** when each right was last granted, by the client that was asked for */
const grants = new WeakMap<Connection, Map<string, number>>();

/** Resources without a namespace: a right to them in a namespace is none. */
const clusterScoped = new Set(['nodes', 'namespaces', 'persistentvolumes']);

/** True: it is granted by a ClusterRole alone. */
export function isClusterScoped({ resource, allNamespaces }: Permission): boolean {
  return allNamespaces === true || clusterScoped.has(resource);
}

/**
 * Those of the permissions, with those of their verbs, that the API server says this client does not have. One that is taken away is missed
 * a minute later at most; one that is given is seen at once.
 */
export async function missingPermissions(
  connection: Connection,
  namespace: string,
  permissions: Permission[],
  signal?: AbortSignal,
): Promise<Permission[]> {
  const questions = permissions.flatMap((permission, index) => permission.verbs.map((verb) => ({ index, permission, verb })));
  const missing = permissions.map((): string[] => []);
  const granted = grantsOf(connection);
  const next = questions.values();
  const ask = async () => {
    for (const { index, permission, verb } of next) {
      const key = keyOf(namespace, permission, verb);
      if (granted.has(key)) continue;
      if (await isAllowed(connection, namespace, permission, verb, signal)) granted.set(key, Date.now());
      else missing[index]?.push(verb);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, ask));
  return permissions.flatMap((permission, index) => {
    // Answers come in any order.
    const verbs = permission.verbs.filter((verb) => missing[index]?.includes(verb));
    return verbs.length === 0 ? [] : [{ ...permission, verbs }];
  });
}

/** Without those that have become old. */
function grantsOf(connection: Connection): Map<string, number> {
  const granted = grants.get(connection) ?? new Map<string, number>();
  grants.set(connection, granted);
  const oldest = Date.now() - grantedForMs;
  for (const [key, at] of granted) if (at < oldest) granted.delete(key);
  return granted;
}

function keyOf(namespace: string, permission: Permission, verb: string): string {
  const { apiGroup, resource, subresource = '' } = permission;
  return [isClusterScoped(permission) ? '' : namespace, apiGroup, resource, subresource, verb].join('/');
}

async function isAllowed(
  connection: Connection,
  namespace: string,
  permission: Permission,
  verb: string,
  signal?: AbortSignal,
): Promise<boolean> {
  const { apiGroup, resource, subresource } = permission;
  const where = isClusterScoped(permission) ? {} : { namespace };
  const resourceAttributes = { ...where, group: apiGroup, resource, verb, ...(subresource === undefined ? {} : { subresource }) };
  const review = await connection.call(`review access to ${verb} ${resource}`, signal, (options) =>
    connection.authorization.createSelfSubjectAccessReview({ body: { spec: { resourceAttributes } } }, options),
  );
  return review.status?.allowed === true;
}
