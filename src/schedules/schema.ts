import { z } from 'zod';
import { isRecord } from '../campaign/document.ts';
import { field, list, mapping, parsePart, raise } from '../campaign/fields.ts';
import {
  bad,
  describe,
  good,
  type Parsed,
  parseBoolean,
  parseChoice,
  parseDuration,
  parseName,
  parseObjectName,
} from '../campaign/units.ts';
import { calendarTime, isCron } from './calendar.ts';

const apiVersion = 'squall.dev/v1';
const kind = 'Schedule';

export const overlaps = ['skip', 'buffer-one', 'buffer-all', 'cancel-other', 'allow-all'] as const;
export const rolloutKinds = ['Deployment', 'StatefulSet', 'DaemonSet'] as const;

/** A run takes longer than that, and what is shorter is a slip of a unit. */
const shortestIntervalMs = 10_000;

const workload = mapping({
  cluster: field((value) => parseName(value, 'default')).optional(),
  namespace: field((value) => parseName(value, 'shop')).optional(),
  kind: field((value) => parseChoice(value, rolloutKinds)).optional(),
  name: field((value) => parseObjectName(value, 'redis')).optional(),
});

const interval = mapping({
  every: field((value) => parseDuration(value, { minMs: shortestIntervalMs })),
  offset: field((value) => parseDuration(value)).prefault('0s'),
});

/** One of them, or a list of them. */
function oneOrMore<T>(item: z.ZodType<T>): z.ZodType<T[]> {
  return z.unknown().transform((value, context): T[] => {
    if (Array.isArray(value)) return parsePart(list(item, { min: 1 }), value, context, []) ?? z.NEVER;
    const one = parsePart(item, value, context, []);
    return one === undefined ? z.NEVER : [one];
  });
}

const triggers = mapping({
  cron: oneOrMore(field(parseCron)).optional(),
  calendar: oneOrMore(calendarTime).optional(),
  interval: oneOrMore(interval).optional(),
  onRollout: z
    .unknown()
    .transform((value, context): z.output<typeof workload> | null => {
      if (value === true) return {};
      if (value === false) return null;
      if (isRecord(value)) return parsePart(workload, value, context, []) ?? z.NEVER;
      raise(context, [], describe(value), 'true (the workload of the campaign), or a workload: kind, name, namespace, cluster');
      return z.NEVER;
    })
    .optional(),
  webhook: field(parseBoolean).optional(),
});

export const scheduleDocument = mapping({
  apiVersion: field((value): Parsed<string> => (value === apiVersion ? good(apiVersion) : bad(value, apiVersion))),
  kind: field((value): Parsed<string> => (value === kind ? good(kind) : bad(value, kind))),
  metadata: mapping({ name: field((value) => parseName(value, 'redis-nightly')) }),
  spec: mapping({
    triggers: triggers.prefault({}),
    timeZone: field(parseTimeZone).prefault('UTC'),
    jitter: field((value) => parseDuration(value, { maxMs: 86_400_000 })).prefault('0s'),
    overlap: field((value) => parseChoice(value, overlaps)).prefault('skip'),
    catchUpWindow: field((value) => parseDuration(value, { minMs: 10_000 })).prefault('10m'),
    paused: field(parseBoolean).prefault(false),
    // Read by the language of campaigns.
    campaign: z.unknown().optional(),
  }),
});

function parseCron(value: unknown): Parsed<string> {
  const expected = 'a cron expression of 5 fields (minute, hour, day of month, month, day of week), for example "0 3 * * MON-FRI"';
  if (typeof value !== 'string') return bad(value, expected);
  const text = value.trim();
  const fits = /^@(yearly|monthly|weekly|daily|hourly)$/.test(text) || isCron(text);
  return fits ? good(text) : bad(value, expected);
}

function parseTimeZone(value: unknown): Parsed<string> {
  try {
    if (typeof value === 'string') return good(new Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions().timeZone && value);
  } catch {
    // not one
  }
  return bad(value, 'an IANA time zone, for example Europe/Berlin');
}
