import type { Permission } from '../../contracts/plan.ts';

/** What asking a pod's redis takes. */
export const redisPermissions: Permission[] = [
  { apiGroup: '', resource: 'pods', verbs: ['get', 'list'] },
  { apiGroup: '', resource: 'pods', subresource: 'portforward', verbs: ['create', 'get'] },
];
