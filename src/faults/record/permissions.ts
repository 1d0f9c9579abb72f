import type { Permission } from '../../contracts/plan.ts';

/** What a fault takes that leaves a record of itself. */
export const recordPermissions: Permission[] = [{ apiGroup: '', resource: 'configmaps', verbs: ['create', 'delete', 'get'] }];
