import type { Permission } from '../../contracts/plan.ts';

export const scalePermissions: Permission[] = [
  ...['deployments', 'replicasets', 'statefulsets'].map((resource) => ({ apiGroup: 'apps', resource, verbs: ['get', 'patch'] })),
  { apiGroup: 'autoscaling', resource: 'horizontalpodautoscalers', verbs: ['list'] },
];
