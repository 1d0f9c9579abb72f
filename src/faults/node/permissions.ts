import type { Permission } from '../../contracts/plan.ts';

/** What a fault that is a change of the Node object takes. */
export const nodeObjectPermissions: Permission[] = [{ apiGroup: '', resource: 'nodes', verbs: ['get', 'list', 'patch'] }];
