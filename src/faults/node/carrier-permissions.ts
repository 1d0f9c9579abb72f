import type { Permission } from '../../contracts/plan.ts';

/** What a fault takes that a pod of squall's own carries onto a node. */
export const nodeCarrierPermissions: Permission[] = [
  { apiGroup: '', resource: 'nodes', verbs: ['list'] },
  { apiGroup: '', resource: 'pods', verbs: ['create', 'delete', 'get'] },
  { apiGroup: '', resource: 'pods', subresource: 'exec', verbs: ['create', 'get'] },
];

/** And when it cuts off who would come by an exec. */
export const nodeControlPermissions: Permission[] = [
  ...nodeCarrierPermissions,
  { apiGroup: '', resource: 'pods', subresource: 'proxy', verbs: ['create', 'get'] },
  { apiGroup: 'coordination.k8s.io', resource: 'leases', verbs: ['get'], allNamespaces: true },
  { apiGroup: 'discovery.k8s.io', resource: 'endpointslices', verbs: ['list'], allNamespaces: true },
];
