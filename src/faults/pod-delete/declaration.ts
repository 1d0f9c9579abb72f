import { bad, describe, formatDuration, parseBoolean, parseDuration } from '../../campaign/units.ts';
import { type FaultDeclaration, litmusNoEffect, litmusSets, litmusUnsupported } from '../definition.ts';
import { durationParameter, flagParameter, type Parameter } from '../parameters/parameter.ts';
import { parameterTable } from '../parameters/parameter-table.ts';

const parameters = parameterTable(
  {
    force: flagParameter({ sets: 'force', default: false, description: 'no grace at all; the object is gone before its processes may be' }),
    gracePeriod: wholeSeconds(
      durationParameter({ sets: 'gracePeriodSeconds', maxMs: 3_600_000, example: '15s', description: "absent: the pod's own" }),
    ),
  },
  {
    conflicts: ({ force, gracePeriodSeconds }) =>
      force !== true || gracePeriodSeconds === undefined || gracePeriodSeconds === 0
        ? []
        : [
            {
              name: 'gracePeriod',
              found: `${formatDuration(Number(gracePeriodSeconds) * 1000)} beside force: true`,
              expected: 'either of them: a forced deletion gives no grace',
            },
          ],
    contradictions: [{ force: true, gracePeriod: '15s' }],
  },
);

const litmusIntervalMs = 10_000;

export const podDelete: FaultDeclaration = {
  name: 'pod-delete',
  family: 'pod',
  aliases: [],
  summary: 'Deletes pods once; their controller has to replace them.',
  notes: '',
  parameters,
  targets: 'pods',
  defaultDurationMs: 30_000,
  holds: false,
  needsContainer: false,
  roles: ['redis-primary', 'redis-replica'],
  permissions: [{ apiGroup: '', resource: 'pods', verbs: ['get', 'list', 'delete'] }],
  needs: 'a controller that brings the pods back',
  exclusive: () => ['*'],
  litmus: {
    experiment: 'pod-delete',
    defaults: {},
    defaultDurationMs: 30_000,
    env: {
      FORCE: litmusSets(parseBoolean, (force) => ({ force })),
      CHAOS_INTERVAL: {
        read(value) {
          const interval = parseDuration(value, { bareUnit: 's' });
          return interval.ok ? { kind: 'no-effect' } : { kind: 'problem', found: interval.found, expected: interval.expected };
        },
      },
      POD_TERMINATION_ORDER: litmusNoEffect('squall deletes the targets at once, in no order'),
      INTER_POD_KILL_INTERVAL_SECONDS: litmusUnsupported(
        ['0'],
        '0: squall deletes the targets at once; a squall.dev/v1 Campaign can delete one pod per step with waits between',
      ),
    },
    review({ env, durationMs }) {
      const given = env.get('CHAOS_INTERVAL');
      if (given === undefined) {
        if (durationMs <= litmusIntervalMs) return [];
        const message = `Litmus would delete again every ${formatDuration(litmusIntervalMs)} for ${formatDuration(durationMs)}; squall deletes once and observes for that long`;
        return [{ kind: 'warning', code: 'litmus-differs', message }];
      }
      const interval = parseDuration(given, { bareUnit: 's' });
      if (!interval.ok || interval.value >= durationMs) return [];
      return [
        {
          kind: 'problem',
          variable: 'CHAOS_INTERVAL',
          found: `${describe(given)}, repeated deletions within ${formatDuration(durationMs)}`,
          expected: `at least TOTAL_CHAOS_DURATION: squall deletes once; a squall.dev/v1 Campaign can repeat the step with waits between`,
        },
      ];
    },
  },
  example: `fault: pod-delete
target: { count: 1 }
parameters:
  gracePeriod: 5s
duration: 5s`,
  describeInject({ parameters, targets }) {
    const grace = parameters.force === true ? 0 : parameters.gracePeriodSeconds;
    const how = grace === undefined ? 'with its own grace period' : grace === 0 ? 'without grace, by force' : `with ${grace} s of grace`;
    return `delete ${targets.join(', ')} ${how}`;
  },
  describeUndo: () => 'nothing to undo: the controller creates the pod anew; its readiness is awaited',
};

/** As Kubernetes counts grace. */
function wholeSeconds(duration: Parameter): Parameter {
  return {
    ...duration,
    form: `${duration.form}, in whole seconds`,
    parse(value) {
      const parsed = duration.parse(value);
      if (!parsed.ok) return parsed;
      const seconds = Number(parsed.value) / 1000;
      return Number.isInteger(seconds)
        ? { ok: true, value: seconds }
        : bad(value, 'whole seconds, as Kubernetes counts grace, for example 15s');
    },
    refused: [...duration.refused, '1500ms'],
  };
}
