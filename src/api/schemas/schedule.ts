import { z } from 'zod';
import { overlaps, rolloutKinds } from '../../schedules/schema.ts';
import { run } from './run.ts';
import { time } from './time.ts';

const workload = z.object({ cluster: z.string(), namespace: z.string(), kind: z.enum(rolloutKinds), name: z.string() });
const range = z.object({ start: z.number(), end: z.number(), step: z.number() });
const part = z.array(range).exactOptional();

const fields = z.object({
  name: z.string().meta({ example: 'redis-on-rollout' }),
  campaign: z.string(),
  cluster: z.string(),
  namespace: z.string(),
  triggers: z.object({
    cron: z.array(z.string()),
    calendar: z.array(z.object({ second: part, minute: part, hour: part, dayOfMonth: part, month: part, year: part, dayOfWeek: part })),
    intervals: z.array(z.object({ everyMs: z.number(), offsetMs: z.number() })),
    onRollout: workload.nullable(),
    webhook: z.boolean(),
  }),
  timeZone: z.string(),
  overlap: z.enum(overlaps),
  jitterMs: z.number(),
  catchUpWindowMs: z.number(),
  paused: z.boolean(),
  note: z.string().nullable().meta({ description: 'why it was paused or resumed last, and by whom' }),
  createdAt: time,
  updatedAt: time.nullable(),
  savedBy: z.string().nullable().meta({ description: 'who saved it last; null: callers were not asked who they are' }),
  nextTimes: z.array(time).meta({ description: 'of cron, calendar and interval' }),
  recentRuns: z.array(z.object({ id: z.string(), startedAt: time })).meta({
    description: 'those that its times began, latest last; all of its runs: `GET /v1/runs?schedule=NAME`',
  }),
  skipped: z.number().meta({ description: 'times that began none, since a run went on' }),
  missed: z.number().meta({ description: 'times that were too long ago when Temporal came back' }),
  rollout: z
    .object({
      known: z.string().nullable().meta({ description: 'the revision that was dealt with last, as UID/REVISION' }),
      problem: z.object({ revision: z.string(), since: time, reason: z.string() }).nullable().meta({
        description: 'a revision that does not become healthy, and so starts no run',
      }),
    })
    .nullable()
    .meta({ description: 'null: no rollout starts it' }),
  links: z.object({
    self: z.string(),
    runs: z.string(),
    webhook: z.string().exactOptional(),
    ui: z.string().exactOptional().meta({ description: "in Temporal's Web UI; absent: its address is not known" }),
  }),
});

export const schedule = fields.meta({ id: 'Schedule', description: 'A saved campaign, and what starts it' });
export const scheduleWithDocument = fields
  .extend({ document: z.string().meta({ description: 'as it was given' }) })
  .meta({ id: 'ScheduleWithDocument' });
export const scheduleList = z.object({ schedules: z.array(schedule) }).meta({ id: 'ScheduleList' });

export const triggered = z
  .object({
    run,
    isNew: z.boolean().meta({ description: 'false: an earlier request of the same cause had started it' }),
  })
  .meta({ id: 'TriggeredRun' });
export const ignored = z.object({ ignored: z.string().meta({ description: 'why it starts no run' }) }).meta({ id: 'IgnoredCall' });
