import { formatDuration } from '../../campaign/units.ts';
import type { FaultDeclaration } from '../definition.ts';
import { nodeObjectPermissions } from '../node/permissions.ts';
import { parameterTable } from '../parameters/parameter-table.ts';

export const nodeCordon: FaultDeclaration = {
  name: 'node-cordon',
  family: 'node',
  aliases: [],
  summary: 'Marks nodes as unschedulable: pods on them stay, new ones go elsewhere or wait.',
  notes: 'Refused for a node that is cordoned already, and when no Ready and schedulable node would be left.',
  parameters: parameterTable({}),
  targets: 'nodes',
  defaultDurationMs: 60_000,
  holds: true,
  needsContainer: false,
  roles: ['redis-primary', 'redis-replica'],
  permissions: nodeObjectPermissions,
  needs: 'another node that is Ready and schedulable',
  exclusive: () => ['schedulable'],
  litmus: null,
  example: `fault: node-cordon
target: { role: redis-primary }
duration: 30s`,
  describeInject: ({ targets, durationMs }) => `cordon ${targets.join(', ')} for ${formatDuration(durationMs)}`,
  describeUndo: ({ targets }) => `uncordon ${targets.join(', ')}`,
};
