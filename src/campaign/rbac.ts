import { stringify } from 'yaml';
import type { Permission, Plan } from '../contracts/plan.ts';
import { isClusterScoped } from '../kubernetes/permissions.ts';
import { mergePermissions } from './permissions.ts';

/** Whom the rights are for. */
export interface RbacSubject {
  /** of the ServiceAccount that the worker uses in the cluster */
  serviceAccount: string;
  namespace: string;
}

export interface RbacRule {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
}

export interface RbacManifest {
  apiVersion: 'rbac.authorization.k8s.io/v1';
  kind: 'Role' | 'ClusterRole' | 'RoleBinding' | 'ClusterRoleBinding';
  metadata: { name: string; namespace?: string };
  rules?: RbacRule[];
  roleRef?: { apiGroup: string; kind: string; name: string };
  subjects?: { kind: 'ServiceAccount'; name: string; namespace: string }[];
}

/** The rights that something takes in a namespace of a cluster. */
export interface RightsIn {
  cluster: string;
  namespace: string;
  permissions: readonly Permission[];
}

const apiVersion = 'rbac.authorization.k8s.io/v1';
const apiGroup = 'rbac.authorization.k8s.io';

/** The rights that a plan takes, one entry for each cluster and namespace that it reaches. */
export function rightsOfPlan({ campaign, permissions, others = [] }: Plan): RightsIn[] {
  const parts = [{ target: campaign.target, permissions }, ...others];
  const places = Map.groupBy(parts, ({ target }) => `${target.cluster}/${target.namespace}`);
  return [...places.values()].flatMap((ofPlace) => {
    const [first] = ofPlace;
    if (first === undefined) return [];
    const { cluster, namespace } = first.target;
    return [{ cluster, namespace, permissions: mergePermissions(ofPlace.flatMap((part) => part.permissions)) }];
  });
}

/**
 * The least that a worker needs for it, cluster by cluster: a Role in each namespace, a ClusterRole for what has no namespace or has
 * to be seen in all, and their bindings. @param name of every object
 */
export function rbacManifests(rights: readonly RightsIn[], name: string, subject: RbacSubject): Map<string, RbacManifest[]> {
  const clusters = Map.groupBy(rights, ({ cluster }) => cluster);
  return new Map([...clusters].map(([cluster, ofCluster]) => [cluster, manifestsOf(ofCluster, name, subject)]));
}

/** The manifests as YAML for `kubectl apply`, under a comment for each cluster. */
export function renderRbac(manifests: ReadonlyMap<string, readonly RbacManifest[]>): string {
  return [...manifests]
    .map(([cluster, ofCluster]) => `# cluster ${cluster}\n${ofCluster.map((manifest) => `---\n${stringify(manifest)}`).join('')}`)
    .join('');
}

/** One rule for each resource. */
export function rulesOf(permissions: readonly Permission[]): RbacRule[] {
  return mergePermissions(permissions).map(({ apiGroup: group, resource, subresource, verbs }) => ({
    apiGroups: [group],
    resources: [subresource === undefined ? resource : `${resource}/${subresource}`],
    verbs,
  }));
}

function manifestsOf(rights: readonly RightsIn[], name: string, subject: RbacSubject): RbacManifest[] {
  const wide = rights.flatMap(({ permissions }) => permissions.filter(isClusterScoped));
  return [
    ...rights.flatMap(({ namespace, permissions }) =>
      roleWithBinding('Role', { name, namespace }, rulesOf(permissions.filter((permission) => !isClusterScoped(permission))), subject),
    ),
    // Whether it is seen in all namespaces is said by the kind of role.
    ...roleWithBinding('ClusterRole', { name }, rulesOf(wide.map(({ allNamespaces: _, ...permission }) => permission)), subject),
  ];
}

function roleWithBinding(
  kind: 'Role' | 'ClusterRole',
  metadata: RbacManifest['metadata'],
  rules: RbacRule[],
  { serviceAccount, namespace }: RbacSubject,
): RbacManifest[] {
  if (rules.length === 0) return [];
  return [
    { apiVersion, kind, metadata, rules },
    {
      apiVersion,
      kind: `${kind}Binding`,
      metadata,
      roleRef: { apiGroup, kind, name: metadata.name },
      subjects: [{ kind: 'ServiceAccount', name: serviceAccount, namespace }],
    },
  ];
}
