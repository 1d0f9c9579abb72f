import { checkedMapping, field, raise } from '../../campaign/fields.ts';
import { bad, describe, formatDuration, type Parsed, parseBoolean, parseDuration } from '../../campaign/units.ts';
import type { Parameters } from '../../contracts/campaign.ts';
import { type FaultDeclaration, litmusNoEffect, litmusSets, litmusUnsupported } from '../definition.ts';

/** `force: boolean`; `gracePeriodSeconds`: absent means the pod's own grace period. */
const parameters = checkedMapping(
  {
    force: field(parseBoolean).default(false),
    gracePeriod: field(parseGracePeriod).optional(),
  },
  ({ force, gracePeriod }, context) => {
    if (!force || gracePeriod === undefined || gracePeriod === 0) return;
    raise(
      context,
      ['gracePeriod'],
      `${formatDuration(gracePeriod)} beside force: true`,
      'either of them: a forced deletion gives no grace',
    );
  },
).transform(({ force, gracePeriod }): Parameters => {
  if (force) return { force, gracePeriodSeconds: 0 };
  return gracePeriod === undefined ? { force } : { force, gracePeriodSeconds: gracePeriod / 1000 };
});

const litmusIntervalMs = 10_000;

export const podDelete: FaultDeclaration = {
  name: 'pod-delete',
  aliases: [],
  summary: 'Deletes pods once; their controller has to replace them.',
  parameters,
  defaultDurationMs: 30_000,
  holds: false,
  needsContainer: false,
  roles: ['redis-primary', 'redis-replica'],
  permissions: [{ apiGroup: '', resource: 'pods', verbs: ['get', 'list', 'delete'] }],
  litmus: {
    experiment: 'pod-delete',
    defaults: {},
    defaultDurationMs: 30_000,
    env: {
      FORCE: litmusSets(parseBoolean, (force) => (force ? { force, gracePeriodSeconds: 0 } : { force })),
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
  describeInject({ parameters, pods }) {
    const grace = parameters.gracePeriodSeconds;
    const how = grace === undefined ? 'with its own grace period' : grace === 0 ? 'without grace, by force' : `with ${grace} s of grace`;
    return `delete ${pods.join(', ')} ${how}`;
  },
  describeUndo: () => 'nothing to undo: the controller creates the pod anew; its readiness is awaited',
};

function parseGracePeriod(value: unknown): Parsed<number> {
  const parsed = parseDuration(value, { maxMs: 3_600_000 });
  return parsed.ok && parsed.value % 1000 !== 0 ? bad(value, 'whole seconds, as Kubernetes counts grace, for example 15s') : parsed;
}
