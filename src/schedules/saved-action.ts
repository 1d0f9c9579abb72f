import type { ScheduleOptions } from '@temporalio/client';
import { DAYS_OF_WEEK, MONTHS } from '@temporalio/client/lib/schedule-types.js';
import { savedCampaignPrefix, searchAttributes, workflowTypes } from '../contracts/names.ts';
import type { CalendarRange, CalendarTime, Overlap, SavedCampaign, SeenRollout } from '../contracts/schedule.ts';
import { clusterAttributes } from '../temporal/cluster-attributes.ts';
import { savedRunOptions } from './start-saved-run.ts';

/**
 * What a schedule keeps as the second argument of its action: the saved campaign beside the input of its runs, and what was seen of
 * its workload. Temporal lets no memo of a schedule be changed; the action can be.
 */
export interface Kept {
  saved: Omit<SavedCampaign, 'campaign' | 'document'>;
  /** null: no rollout starts it */
  seen: SeenRollout | null;
  /** who saved it last; null: callers were not asked who they are */
  savedBy: string | null;
  /** of this saving: by it, whoever saved it sees that Temporal took it */
  saving: string;
}

export function scheduleId(name: string): string {
  return `${savedCampaignPrefix}${name}`;
}

const overlaps = {
  skip: 'SKIP',
  'buffer-one': 'BUFFER_ONE',
  'buffer-all': 'BUFFER_ALL',
  'cancel-other': 'CANCEL_OTHER',
  'allow-all': 'ALLOW_ALL',
} as const satisfies Record<Overlap, string>;

/** A saved campaign as Temporal's schedule of it. */
export function savedSchedule(schedule: SavedCampaign, { seen, savedBy, saving }: Omit<Kept, 'saved'>) {
  const { campaign, document, ...saved } = schedule;
  const { triggers, timeZone, jitterMs, catchUpWindowMs, overlap } = saved;
  const { args, ...run } = savedRunOptions(
    { name: saved.name, campaign, document },
    { trigger: 'time', startedBy: `schedule ${saved.name}` },
  );
  const kept: Kept = { saved, seen, savedBy, saving };
  return {
    spec: {
      cronExpressions: triggers.cron,
      calendars: triggers.calendar.map(toCalendar),
      intervals: triggers.intervals.map(({ everyMs, offsetMs }) => ({ every: everyMs, offset: offsetMs })),
      timezone: timeZone,
      ...(jitterMs > 0 && { jitter: jitterMs }),
    },
    action: { type: 'startWorkflow', workflowType: workflowTypes.campaign, workflowId: saved.name, ...run, args: [...args, kept] },
    policies: { overlap: overlaps[overlap], catchupWindow: catchUpWindowMs },
    typedSearchAttributes: [
      { key: searchAttributes.campaign, value: campaign.name },
      ...clusterAttributes(campaign),
      { key: searchAttributes.namespace, value: campaign.target.namespace },
      { key: searchAttributes.schedule, value: saved.name },
      ...(triggers.onRollout === null ? [] : [{ key: searchAttributes.trigger, value: 'rollout' }]),
    ],
  } satisfies Partial<ScheduleOptions>;
}

type Calendar = NonNullable<NonNullable<ScheduleOptions['spec']['calendars']>[number]>;

function toCalendar({ second, minute, hour, dayOfMonth, month, year, dayOfWeek }: CalendarTime): Calendar {
  const named = <Name>(ranges: CalendarRange[], nameOf: (value: number) => Name) =>
    ranges.map(({ start, end, step }) => ({ start: nameOf(start), end: nameOf(end), step }));
  return {
    ...(second && { second }),
    ...(minute && { minute }),
    ...(hour && { hour }),
    ...(dayOfMonth && { dayOfMonth }),
    ...(month && { month: named(month, (value) => MONTHS[value - 1] ?? 'JANUARY') }),
    ...(year && { year }),
    ...(dayOfWeek && { dayOfWeek: named(dayOfWeek, (value) => DAYS_OF_WEEK[value] ?? 'SUNDAY') }),
  };
}
