import { z } from 'zod';
import { field, mapping, raise } from '../../campaign/fields.ts';
import { describe, formatDuration, parseBoolean, parseDuration, parseInteger } from '../../campaign/units.ts';
import type { Parameters } from '../../contracts/campaign.ts';
import { type FaultDeclaration, litmusNoEffect, litmusParameter, litmusUnsupported } from '../definition.ts';

const shape = mapping({
  force: field(parseBoolean).default(false),
  gracePeriod: field((value) => parseDuration(value, { maxMs: 3_600_000 })).optional(),
});

/** `force: boolean`; `gracePeriodSeconds`: absent means the pod's own grace period. */
const parameters: z.ZodType<Parameters> = shape.transform(({ force, gracePeriod }, context): Parameters => {
  if (gracePeriod !== undefined && gracePeriod % 1000 !== 0) {
    raise(context, ['gracePeriod'], formatDuration(gracePeriod), 'whole seconds, as Kubernetes counts grace, for example 15s');
    return z.NEVER;
  }
  if (force && gracePeriod !== undefined && gracePeriod !== 0) {
    raise(context, ['gracePeriod'], `${formatDuration(gracePeriod)} beside force: true`, 'either of them: a forced deletion gives no grace');
    return z.NEVER;
  }
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
      FORCE: litmusParameter(parseBoolean, (force) => (force ? { force, gracePeriodSeconds: 0 } : { force })),
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

/** Seconds Kubernetes is given for the deletion; undefined: the pod's own grace period. */
export function gracePeriodOf(parameters: Parameters): number | undefined {
  const parsed = parseInteger(parameters.gracePeriodSeconds);
  return parsed.ok ? parsed.value : undefined;
}
