import type { V1ResourceRule } from '@kubernetes/client-node';
import type { Permission } from '../contracts/plan.ts';
import { ClusterError } from './cluster.ts';
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
  const questions = permissions
    .flatMap((permission, index) => permission.verbs.map((verb) => ({ index, permission, verb })))
    // What rules say nothing of is asked for first, while they are read.
    .toSorted((a, b) => Number(isClusterScoped(b.permission)) - Number(isClusterScoped(a.permission)));
  const missing = permissions.map((): string[] => []);
  const granted = rulesIn(connection, namespace, signal).then(grantedBy);
  const next = questions.values();
  const ask = async () => {
    for (const { index, permission, verb } of next) {
      if (!isClusterScoped(permission) && (await granted)(permission, verb)) continue;
      if (!(await isAllowed(connection, namespace, permission, verb, signal))) missing[index]?.push(verb);
    }
  };
  // The rules, too: where no question waits for them, a failure to read them would be nobody's.
  await Promise.all([granted, ...Array.from({ length: concurrency }, ask)]);
  return permissions.flatMap((permission, index) => {
    // Answers come in any order.
    const verbs = permission.verbs.filter((verb) => missing[index]?.includes(verb));
    return verbs.length === 0 ? [] : [{ ...permission, verbs }];
  });
}

/**
 * One call in place of one for every verb. Not every authorizer can list what it grants, and not everybody may ask: then none, and each
 * verb is asked for.
 */
async function rulesIn(connection: Connection, namespace: string, signal?: AbortSignal): Promise<V1ResourceRule[]> {
  if (namespace === '') return [];
  try {
    const { status } = await connection.call(`review rights in ${namespace}`, signal, (options) =>
      connection.authorization.createSelfSubjectRulesReview({ body: { spec: { namespace } } }, options),
    );
    return status === undefined || status.incomplete ? [] : status.resourceRules;
  } catch (error) {
    if (error instanceof ClusterError && error.status === 403) return [];
    throw error;
  }
}

/** Whether rules grant a verb, as RBAC reads them. Not of what has no namespace: a rule of a namespace's role is listed alike, and grants nothing of it. */
function grantedBy(rules: readonly V1ResourceRule[]): (permission: Permission, verb: string) => boolean {
  return (permission, verb) => {
    const { apiGroup, resource, subresource } = permission;
    const names = subresource === undefined ? [resource] : [`${resource}/${subresource}`, `*/${subresource}`];
    const has = (list: readonly string[] | undefined, ...wanted: string[]) => ['*', ...wanted].some((one) => list?.includes(one));
    return rules.some((rule) => {
      const toAll = (rule.resourceNames ?? []).length === 0;
      return toAll && has(rule.verbs, verb) && has(rule.apiGroups, apiGroup) && has(rule.resources, ...names);
    });
  };
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
