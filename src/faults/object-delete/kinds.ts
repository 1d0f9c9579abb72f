import type { Permission } from '../../contracts/plan.ts';

/** Kinds of Kubernetes's own whose objects hold no secret: what is kept of them may be read by whoever reads ConfigMaps. */
const plain = new Set([
  'v1/ConfigMap',
  'v1/Service',
  'v1/ServiceAccount',
  'v1/ResourceQuota',
  'v1/LimitRange',
  'networking.k8s.io/v1/Ingress',
  'networking.k8s.io/v1/NetworkPolicy',
  'policy/v1/PodDisruptionBudget',
  'rbac.authorization.k8s.io/v1/Role',
  'rbac.authorization.k8s.io/v1/RoleBinding',
  'autoscaling/v2/HorizontalPodAutoscaler',
]);

/** Kinds whose deletion takes more away than creating them anew brings back, with what to use instead. */
const unrestorable: Record<string, string> = {
  Pod: 'the fault pod-delete',
  Deployment: 'the fault workload-scale: its pods would go with it',
  StatefulSet: 'the fault workload-scale: its pods would go with it',
  DaemonSet: 'another kind: its pods would go with it',
  ReplicaSet: 'the fault workload-scale: its pods would go with it',
  Job: 'another kind: its pods would go with it',
  CronJob: 'another kind: its jobs would go with it',
  PersistentVolumeClaim: 'another kind: its data may go with it',
};

/** Why objects of the kind may not be deleted; undefined: they may. */
export function whyNotRestorable(kind: string): string | undefined {
  return Object.hasOwn(unrestorable, kind) ? unrestorable[kind] : undefined;
}

/** The kind of object that what is deleted is kept in. */
export function keeperKind(apiVersion: string, kind: string): 'ConfigMap' | 'Secret' {
  return plain.has(`${apiVersion}/${kind}`) ? 'ConfigMap' : 'Secret';
}

/** The rights that deleting, and keeping, objects of the kind takes. */
export function permissionsFor(apiVersion: string, kind: string): Permission[] {
  const slash = apiVersion.indexOf('/');
  const apiGroup = slash < 0 ? '' : apiVersion.slice(0, slash);
  const keeper = keeperKind(apiVersion, kind);
  return [
    { apiGroup, resource: resourceOf(kind), verbs: ['create', 'delete', 'get', 'patch'] },
    { apiGroup: '', resource: resourceOf(keeper), verbs: ['create', 'delete', 'get', 'patch'] },
  ];
}

/** As Kubernetes itself guesses a resource from a kind (meta.UnsafeGuessKindToResource). */
function resourceOf(kind: string): string {
  const singular = kind.toLowerCase();
  if (singular.endsWith('endpoints')) return singular;
  if (singular.endsWith('s')) return `${singular}es`;
  return singular.endsWith('y') ? `${singular.slice(0, -1)}ies` : `${singular}s`;
}
