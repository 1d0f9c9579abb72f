import { Problem } from '../problem.ts';
import type { Grant, Principal, Role } from './principal.ts';

/** Where something is done. null: everywhere; a fault of a node reaches pods of every namespace. */
export interface Place {
  cluster: string | null;
  namespace: string | null;
}

/** The roles that include one: operators start and steer, approvers answer approvals, all of them read. */
const including: Record<Role, readonly Role[]> = {
  viewer: ['viewer', 'operator', 'approver', 'admin'],
  operator: ['operator', 'admin'],
  approver: ['approver', 'admin'],
  admin: ['admin'],
};

export function isAuthorized({ grants }: Principal, role: Role, { cluster, namespace }: Place): boolean {
  return grants.some(
    (grant) => including[role].includes(grant.role) && covers(grant.clusters, cluster) && covers(grant.namespaces, namespace),
  );
}

/** @throws Problem 403: the caller has no grant of this role there */
export function authorize(principal: Principal, role: Role, place: Place): void {
  if (isAuthorized(principal, role, place)) return;
  const detail = `${principal.name} is no ${role} of ${tellPlace(place)}. Granted: ${principal.grants.map(tellGrant).join('; ') || 'nothing'}.`;
  throw new Problem(403, 'forbidden', 'The caller may not do this', detail, {
    members: { role, ...place },
    headers: { 'WWW-Authenticate': 'Bearer realm="squall", error="insufficient_scope"' },
  });
}

/** For what is bound to no place: the catalogue, a list that is filtered anyway. @throws Problem 403 */
export function authorizeSomewhere(principal: Principal, role: Role): void {
  if (principal.grants.some((grant) => including[role].includes(grant.role))) return;
  const detail = `${principal.name} is ${role} of no cluster and namespace. Granted: ${principal.grants.map(tellGrant).join('; ') || 'nothing'}.`;
  throw new Problem(403, 'forbidden', 'The caller may not do this', detail, {
    members: { role },
    headers: { 'WWW-Authenticate': 'Bearer realm="squall", error="insufficient_scope"' },
  });
}

/** @param name null: every name, which only `*` covers */
function covers(patterns: readonly string[], name: string | null): boolean {
  return patterns.some((pattern) => pattern === '*' || (name !== null && fits(pattern, name)));
}

function fits(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

function tellPlace({ cluster, namespace }: Place): string {
  const where = cluster === null ? 'every cluster' : `cluster ${cluster}`;
  return namespace === null ? `${where}, all namespaces` : `namespace ${namespace} of ${where}`;
}

function tellGrant({ role, clusters, namespaces }: Grant): string {
  return `${role} of ${namespaces.join(', ')} on ${clusters.join(', ')}`;
}
