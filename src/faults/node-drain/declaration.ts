import { parseLabelSelector } from '../../campaign/label-selector.ts';
import { formatDuration } from '../../campaign/units.ts';
import type { FaultDeclaration } from '../definition.ts';
import { nodeObjectPermissions } from '../node/permissions.ts';
import { durationParameter, flagParameter, integerParameter, type Parameter, textParameter } from '../parameters/parameter.ts';
import { parameterTable } from '../parameters/parameter-table.ts';

const selector: Parameter = {
  ...textParameter({
    sets: 'podSelector',
    expected: 'a label selector, as kubectl writes it',
    example: 'app=redis',
    description: 'only pods it matches are evicted; absent: all',
  }),
  parse: parseLabelSelector,
};

const parameters = parameterTable({
  podSelector: selector,
  gracePeriodSeconds: integerParameter({ sets: 'gracePeriodSeconds', max: 3600, example: 10, description: "absent: each pod's own" }),
  timeout: durationParameter({
    sets: 'timeoutMs',
    minMs: 1000,
    maxMs: 90_000,
    default: '30s',
    description: 'how long evictions that a disruption budget forbids are tried again; the experiment fails when some are left',
  }),
  deleteEmptyDirData: flagParameter({
    sets: 'deleteEmptyDirData',
    default: false,
    description: 'evict pods whose emptyDir volumes are lost, too',
  }),
  force: flagParameter({ sets: 'force', default: false, description: 'evict pods that no controller brings back, too' }),
});

export const nodeDrain: FaultDeclaration = {
  name: 'node-drain',
  family: 'node',
  aliases: [],
  summary: 'Cordons nodes and evicts the pods on them, as `kubectl drain` does.',
  notes: `Pods of DaemonSets and static pods stay. A node with a pod that has no controller, or an emptyDir volume, is refused unless
\`force\` or \`deleteEmptyDirData\` say otherwise: nothing is cordoned then. Evictions respect disruption budgets. Undone, the node takes
pods again (one that was cordoned before stays so); pods that have moved stay where they went.`,
  parameters,
  targets: 'nodes',
  defaultDurationMs: 60_000,
  holds: true,
  needsContainer: false,
  roles: ['redis-primary', 'redis-replica'],
  permissions: [
    ...nodeObjectPermissions,
    { apiGroup: '', resource: 'pods', verbs: ['list'], allNamespaces: true },
    { apiGroup: '', resource: 'pods', subresource: 'eviction', verbs: ['create'], allNamespaces: true },
  ],
  needs: 'another node that is Ready and schedulable',
  exclusive: () => ['*'],
  targetsAwayForMs: () => Number.POSITIVE_INFINITY,
  litmus: { experiment: 'node-drain', defaults: { force: true, deleteEmptyDirData: true }, defaultDurationMs: 60_000, env: {} },
  example: `fault: node-drain
target: { role: redis-primary }
parameters:
  podSelector: app=redis-leader
  deleteEmptyDirData: true
duration: 1m`,
  describeInject: ({ targets, durationMs }) => `cordon and drain ${targets.join(', ')}, for ${formatDuration(durationMs)}`,
  describeUndo: ({ targets }) => `uncordon ${targets.join(', ')}`,
};
