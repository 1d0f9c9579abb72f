import type { CampaignTarget } from '../contracts/campaign.ts';
import type { Permission } from '../contracts/plan.ts';

/** What reading the inventory and the evidence takes, whatever the faults are. */
export function readingPermissions(target: CampaignTarget): Permission[] {
  const kinds = target.kind === undefined ? (['StatefulSet', 'Deployment', 'DaemonSet'] as const) : [target.kind];
  const workloads = kinds.flatMap((kind) =>
    kind === 'Pod' ? [] : [{ apiGroup: 'apps', resource: `${kind.toLowerCase()}s`, verbs: ['list'] }],
  );
  // of the cluster itself: where pods run, and whether the namespace opted in
  const places = [
    { apiGroup: '', resource: 'nodes', verbs: ['list'] },
    { apiGroup: '', resource: 'namespaces', verbs: ['get'] },
  ];
  return [
    { apiGroup: '', resource: 'pods', verbs: ['get', 'list'] },
    { apiGroup: '', resource: 'events', verbs: ['list'] },
    ...places,
    ...workloads,
  ];
}

/** What it takes to keep disruption budgets. */
export const readingBudgets: Permission = { apiGroup: 'policy', resource: 'poddisruptionbudgets', verbs: ['list'] };

/** The union, one rule for each resource, in the order of their names. */
export function mergePermissions(permissions: readonly Permission[]): Permission[] {
  const rules = new Map<string, Permission>();
  for (const permission of permissions) {
    const key = [permission.apiGroup, permission.resource, permission.subresource ?? '', permission.allNamespaces ?? false].join('/');
    const verbs = new Set([...(rules.get(key)?.verbs ?? []), ...permission.verbs]);
    rules.set(key, { ...permission, verbs: [...verbs].sort() });
  }
  return [...rules].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, rule]) => rule);
}
