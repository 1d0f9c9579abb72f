import { formatDuration, parseInteger, parsePercent } from '../../campaign/units.ts';
import { type FaultDeclaration, litmusSets } from '../definition.ts';
import { integerParameter } from '../parameters/parameter.ts';
import { parameterTable } from '../parameters/parameter-table.ts';
import { scalePermissions } from '../workload-scale/permissions.ts';

const maxReplicas = 10_000;

const parameters = parameterTable({
  replicas: integerParameter({
    sets: 'replicas',
    min: 1,
    max: maxReplicas,
    required: true,
    example: 5,
    description: 'how many the workload has while the fault holds',
  }),
});

export const podAutoscaler: FaultDeclaration = {
  name: 'pod-autoscaler',
  family: 'workload',
  aliases: [],
  summary: 'Scales a workload up, to see whether the cluster has room for all of its pods.',
  notes: `How many of the replicas were Ready at the fault's end is its outcome in the report. Everything else is as with
[workload-scale](workload-scale.md): the old number is kept on the workload and given back.`,
  parameters,
  targets: 'workload',
  defaultDurationMs: 60_000,
  holds: true,
  needsContainer: false,
  roles: [],
  permissions: scalePermissions,
  needs: 'a Deployment, StatefulSet or ReplicaSet that nothing else scales',
  exclusive: () => ['*'],
  litmus: {
    experiment: 'pod-autoscaler',
    defaults: {},
    defaultDurationMs: 60_000,
    env: {
      REPLICA_COUNT: litmusSets(
        (value) => parseInteger(value, { min: 1, max: maxReplicas }),
        (replicas) => ({ replicas }),
      ),
      APP_AFFECT_PERC: {
        read(value) {
          const percent = parsePercent(value);
          if (!percent.ok) return { kind: 'problem', found: percent.found, expected: percent.expected };
          // Litmus counts the workloads that match; a campaign has one.
          return { kind: 'no-effect', ...(percent.value < 100 && { note: 'a campaign acts on one workload, and Litmus on at least one' }) };
        },
      },
      AUXILIARY_APPINFO: {
        read: () => ({ kind: 'no-effect', note: 'squall checks the workload by its own hypothesis' }),
      },
    },
  },
  example: `fault: pod-autoscaler
parameters:
  replicas: 5
duration: 20s`,
  describeInject: ({ parameters: { replicas }, durationMs, targets }) =>
    `give ${targets.join(', ')} ${replicas} replicas for ${formatDuration(durationMs)}`,
  describeUndo: ({ targets }) => `give ${targets.join(', ')} the number of replicas back that it had`,
};
