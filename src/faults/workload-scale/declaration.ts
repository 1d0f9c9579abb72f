import { formatDuration } from '../../campaign/units.ts';
import type { FaultDeclaration } from '../definition.ts';
import { integerParameter, percentParameter } from '../parameters/parameter.ts';
import { parameterTable } from '../parameters/parameter-table.ts';
import { scalePermissions } from './permissions.ts';

const parameters = parameterTable(
  {
    replicas: integerParameter({
      sets: 'replicas',
      max: 10_000,
      example: 1,
      description: 'how many the workload has while the fault holds',
    }),
    percent: percentParameter({ sets: 'percent', description: 'as a share of those it has, rounded up' }),
  },
  {
    conflicts({ replicas, percent }) {
      if (replicas !== undefined && percent !== undefined) {
        return [{ name: 'percent', found: `${percent}% beside replicas: ${replicas}`, expected: 'either of them' }];
      }
      if (replicas === undefined && percent === undefined) {
        return [{ name: '', found: 'neither replicas nor percent', expected: 'one of them' }];
      }
      return [];
    },
    contradictions: [{ replicas: 1, percent: '50%' }],
  },
);

export const workloadScale: FaultDeclaration = {
  name: 'workload-scale',
  family: 'workload',
  aliases: [],
  summary: 'Gives a Deployment, StatefulSet or ReplicaSet another number of replicas.',
  notes: `The old number is kept on the workload itself, in the annotation \`squall.dev/restore\`, written in the same patch that
changes it. Somebody who sets a number of their own meanwhile keeps it: it is put back after the fault, not overwritten. A
workload whose replicas a HorizontalPodAutoscaler sets is refused, since that would undo the fault.`,
  parameters,
  targets: 'workload',
  defaultDurationMs: 60_000,
  holds: true,
  needsContainer: false,
  roles: [],
  permissions: scalePermissions,
  needs: 'a Deployment, StatefulSet or ReplicaSet that nothing else scales',
  exclusive: () => ['*'],
  podsAway({ replicas, percent }, _durationMs, reached) {
    return Math.max(0, reached - (replicas === undefined ? Math.ceil((reached * Number(percent)) / 100) : Number(replicas)));
  },
  litmus: null,
  example: `fault: workload-scale
parameters:
  replicas: 1
duration: 20s`,
  describeInject({ parameters: { replicas, percent }, durationMs, targets }) {
    const number = replicas === undefined ? `${percent} % of its replicas` : `${replicas} replicas`;
    return `give ${targets.join(', ')} ${number} for ${formatDuration(durationMs)}`;
  },
  describeUndo: ({ targets }) => `give ${targets.join(', ')} the number of replicas back that it had`,
};
