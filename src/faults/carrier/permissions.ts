import type { Permission } from '../../contracts/plan.ts';

/** What a fault needs that squall's agent carries into a pod. */
export const carrierPermissions: Permission[] = [
  { apiGroup: '', resource: 'pods', verbs: ['get', 'list'] },
  { apiGroup: '', resource: 'pods', subresource: 'ephemeralcontainers', verbs: ['patch'] },
  { apiGroup: '', resource: 'pods', subresource: 'exec', verbs: ['create', 'get'] },
];
