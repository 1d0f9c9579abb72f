import type { Permission } from '../contracts/plan.ts';
import type { Connection } from './connection.ts';

const concurrency = 8;
/** Resources without a namespace: a right to them in a namespace is none. */
const clusterScoped = new Set(['nodes', 'namespaces', 'persistentvolumes']);

/** True: it is granted by a ClusterRole alone. */
export function isClusterScoped({ resource, allNamespaces }: Permission): boolean {
  return allNamespaces === true || clusterScoped.has(resource);
}

/** Those of the permissions, with those of their verbs, that the API server says this client does not have. */
export async function missingPermissions(
  connection: Connection,
  namespace: string,
  permissions: Permission[],
  signal?: AbortSignal,
): Promise<Permission[]> {
  const questions = permissions.flatMap((permission, index) => permission.verbs.map((verb) => ({ index, permission, verb })));
  const missing = permissions.map((): string[] => []);
  const next = questions.values();
  const ask = async () => {
    for (const { index, permission, verb } of next) {
      if (!(await isAllowed(connection, namespace, permission, verb, signal))) missing[index]?.push(verb);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, ask));
  return permissions.flatMap((permission, index) => {
    // Answers come in any order.
    const verbs = permission.verbs.filter((verb) => missing[index]?.includes(verb));
    return verbs.length === 0 ? [] : [{ ...permission, verbs }];
  });
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
