import { bad, formatDuration, parseBoolean, parseChoice, parseDuration } from '../../campaign/units.ts';
import { type FaultDeclaration, litmusSets } from '../definition.ts';
import { choiceParameter, durationParameter, flagParameter, type Parameter } from '../parameters/parameter.ts';
import { parameterTable } from '../parameters/parameter-table.ts';
import { killOrders, longestRoundMs } from './kill-order.ts';

const parameters = parameterTable(
  {
    force: flagParameter({ sets: 'force', default: false, description: 'no grace at all; the object is gone before its processes may be' }),
    gracePeriod: wholeSeconds(
      durationParameter({ sets: 'gracePeriodSeconds', maxMs: 3_600_000, example: '15s', description: "absent: the pod's own" }),
    ),
    order: choiceParameter({
      sets: 'order',
      choices: killOrders,
      example: 'primary-last',
      description: "in which they go; random is drawn from the fault's id, the same on every retry; absent: all at once",
    }),
    interval: durationParameter({
      sets: 'intervalMs',
      maxMs: longestRoundMs,
      example: '2s',
      description: 'between one deletion and the next; absent: none',
    }),
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
  aliases: [{ name: 'pod-kill', note: 'Chaos Mesh calls it so, and gives no grace unless told to, as force: true here' }],
  summary: 'Deletes pods; their controller has to replace them.',
  notes: `With \`repeatEvery\` on the experiment the round is done again while its duration lasts, on targets chosen anew. A round
with an \`interval\` may take 20 s in all; for longer pauses use \`repeatEvery\` with \`count: 1\`. A deletion is bound to the
pod's uid: after a retry, none is repeated.`,
  parameters,
  targets: 'pods',
  defaultDurationMs: 30_000,
  holds: false,
  needsContainer: false,
  roles: ['redis-primary', 'redis-replica'],
  permissions: [{ apiGroup: '', resource: 'pods', verbs: ['get', 'list', 'delete'] }],
  needs: 'a controller that brings the pods back',
  exclusive: () => ['*'],
  targetsAwayForMs: () => Number.POSITIVE_INFINITY,
  litmus: {
    experiment: 'pod-delete',
    defaults: {},
    defaultDurationMs: 30_000,
    env: {
      FORCE: litmusSets(parseBoolean, (force) => ({ force })),
      POD_TERMINATION_ORDER: litmusSets(
        (value) => parseChoice(value, killOrders),
        (order) => ({ order }),
      ),
      INTER_POD_KILL_INTERVAL_SECONDS: litmusSets(
        (value) => parseDuration(value, { bareUnit: 's', maxMs: longestRoundMs }),
        (intervalMs) => ({ intervalMs }),
      ),
    },
    review({ env, durationMs }) {
      if (env.has('CHAOS_INTERVAL') || durationMs <= litmusIntervalMs) return [];
      const message = `Litmus would delete again every ${formatDuration(litmusIntervalMs)} for ${formatDuration(durationMs)}; squall deletes once and observes for that long. CHAOS_INTERVAL, when it is given, repeats it`;
      return [{ kind: 'warning', code: 'litmus-differs', message }];
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
    const { order, intervalMs } = parameters;
    const pause = typeof intervalMs === 'number' && intervalMs > 0 ? `, ${formatDuration(intervalMs)} apart` : '';
    const turn = order === undefined && pause === '' ? '' : `, one after another in order ${order ?? 'random'}${pause}`;
    return `delete ${targets.join(', ')} ${how}${turn}`;
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
