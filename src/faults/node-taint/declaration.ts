import { formatDuration, parseList } from '../../campaign/units.ts';
import { type FaultDeclaration, litmusSets } from '../definition.ts';
import { nodeObjectPermissions } from '../node/permissions.ts';
import { listParameter } from '../parameters/parameter.ts';
import { parameterTable } from '../parameters/parameter-table.ts';
import { parseTaint, taintExpected } from './taint.ts';

const parameters = parameterTable({
  taints: listParameter({
    sets: 'taints',
    required: true,
    item: parseTaint,
    expected: taintExpected,
    example: ['squall=chaos:NoSchedule'],
    refused: ['squall=chaos', 'squall=chaos:NoSuchEffect', '=chaos:NoSchedule'],
    description: 'NoExecute also evicts the pods that do not tolerate it',
  }),
});

export const nodeTaint: FaultDeclaration = {
  name: 'node-taint',
  family: 'node',
  aliases: [],
  summary: 'Puts taints on nodes: pods that do not tolerate them are kept off, or evicted.',
  notes: `Taints that others put on the node are left alone, before and after. Refused when the node has a taint of the same key and
effect already, and when no Ready and schedulable node would be left.`,
  parameters,
  targets: 'nodes',
  defaultDurationMs: 60_000,
  holds: true,
  needsContainer: false,
  roles: ['redis-primary', 'redis-replica'],
  permissions: nodeObjectPermissions,
  needs: 'another node that is Ready and schedulable',
  exclusive: () => ['taints'],
  podsAway: ({ taints }, _durationMs, reached) => (String(taints).includes(':NoExecute') ? reached : 0),
  litmus: {
    experiment: 'node-taint',
    defaults: {},
    defaultDurationMs: 60_000,
    env: {
      TAINTS: litmusSets(
        (value) => {
          const list = parseList(value, 'key=value:NoExecute');
          const wrong = list.ok ? list.value.map(parseTaint).find((taint) => !taint.ok) : undefined;
          return wrong?.ok === false ? wrong : list;
        },
        (taints) => ({ taints }),
      ),
    },
  },
  example: `fault: node-taint
target: { role: redis-primary }
parameters:
  taints: [squall=chaos:NoSchedule]
duration: 30s`,
  describeInject: ({ parameters: { taints }, targets, durationMs }) =>
    `put ${String(taints)} on ${targets.join(', ')} for ${formatDuration(durationMs)}`,
  describeUndo: ({ parameters: { taints }, targets }) => `take ${String(taints)} off ${targets.join(', ')}`,
};
