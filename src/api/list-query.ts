import { z } from 'zod';
import { actsIn, searchAttributes, workflowTypes } from '../contracts/names.ts';
import type { Principal } from './auth/principal.ts';
import { readableRuns } from './auth/readable-runs.ts';
import { phase, verdict } from './schemas/run.ts';

// A name of this form needs no escaping in a visibility query.
const name = z
  .string({ error: 'one name' })
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/, { error: 'a name of letters, digits, ".", "_" and "-"' });

const defaultLimit = 50;
export const largestLimit = 200;

function number(form: RegExp, min: number, max: number, type: 'integer' | 'number') {
  const error = `a number, ${min} to ${max}`;
  return z
    .string({ error })
    .transform((text, context): number => {
      if (form.test(text) && Number(text) >= min && Number(text) <= max) return Number(text);
      context.addIssue({ code: 'custom', message: error });
      return z.NEVER;
    })
    .meta({ type, minimum: min, maximum: max });
}

const score = () => number(/^[0-9]{1,3}(\.[0-9]{1,12})?$/, 0, 100, 'number').optional();
const time = (description: string) =>
  z.iso
    .datetime({ offset: true, error: 'a time such as 2030-01-02T03:04:05Z' })
    .optional()
    .meta({ description, example: '2030-01-02T03:04:05Z' });

/** What a list of runs is asked for by. */
export const listQuery = z.strictObject({
  campaign: name.optional().meta({ description: "the campaign's name", example: 'redis-resilience-test' }),
  cluster: name.optional(),
  namespace: name.optional(),
  schedule: name.optional().meta({ description: 'runs of this saved campaign', example: 'redis-on-rollout' }),
  phase: phase.optional(),
  verdict: verdict.optional(),
  scoreMin: score().meta({ description: 'the least score; runs without a score are not among them', example: 80 }),
  scoreMax: score().meta({ description: 'the highest score; runs without a score are not among them', example: 99.5 }),
  startedAfter: time('started at this time or later'),
  startedBefore: time('started before it'),
  endedAfter: time('ended at this time or later; runs that go on are not among them'),
  endedBefore: time('ended before it; runs that go on are not among them'),
  limit: number(/^[0-9]{1,3}$/, 1, largestLimit, 'integer')
    .default(defaultLimit)
    .meta({ description: 'runs on a page', default: defaultLimit }),
  cursor: z
    .string({ error: 'one cursor' })
    .optional()
    .meta({ description: '`nextCursor` of the page before, asked for with the same filters' }),
});

export type ListQuery = z.output<typeof listQuery>;

/** The same as Temporal's visibility wants it, with what the caller may read. */
export function visibilityQueryOf(query: ListQuery, caller: Principal): string {
  const named = (['campaign', 'namespace', 'schedule', 'phase', 'verdict'] as const).flatMap((filter) =>
    query[filter] === undefined ? [] : [`${searchAttributes[filter].name} = '${query[filter]}'`],
  );
  const compared = comparisons.flatMap(([filter, attribute, comparator]) => {
    const value = query[filter];
    if (value === undefined) return [];
    return [`${attribute} ${comparator} ${typeof value === 'number' ? value : `'${new Date(value).toISOString()}'`}`];
  });
  const readable = readableRuns(caller);
  return [
    `WorkflowType = '${workflowTypes.campaign}'`,
    // A run that continued as new is the execution it is in now.
    "ExecutionStatus != 'ContinuedAsNew'",
    ...named,
    ...(query.cluster === undefined ? [] : [actsIn(query.cluster)]),
    ...compared,
    ...(readable === null ? [] : [readable]),
  ].join(' AND ');
}

const comparisons = [
  ['scoreMin', searchAttributes.score.name, '>='],
  ['scoreMax', searchAttributes.score.name, '<='],
  ['startedAfter', 'StartTime', '>='],
  ['startedBefore', 'StartTime', '<'],
  ['endedAfter', 'CloseTime', '>='],
  ['endedBefore', 'CloseTime', '<'],
] as const;
