import { field, mapping } from '../campaign/fields.ts';
import { bad, good, type Parsed } from '../campaign/units.ts';
import type { CalendarRange } from '../contracts/schedule.ts';

const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const days = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

interface Part {
  min: number;
  max: number;
  /** names of values, the first that of `min` */
  names?: string[];
  example: string;
}

const parts = {
  second: { min: 0, max: 59, example: '0' },
  minute: { min: 0, max: 59, example: '*/15' },
  hour: { min: 0, max: 23, example: '9-17' },
  dayOfMonth: { min: 1, max: 31, example: '1' },
  month: { min: 1, max: 12, names: months, example: 'JAN-MAR' },
  year: { min: 2000, max: 2100, example: '2030' },
  dayOfWeek: { min: 0, max: 6, names: days, example: 'MON-FRI' },
} satisfies Record<string, Part>;

/** A calendar entry: times by their parts, each a value, a range `9-17`, steps `0-30/10`, or several of them. */
export const calendarTime = mapping({
  second: partOf(parts.second).optional(),
  minute: partOf(parts.minute).optional(),
  hour: partOf(parts.hour).optional(),
  dayOfMonth: partOf(parts.dayOfMonth).optional(),
  month: partOf(parts.month).optional(),
  year: partOf(parts.year).optional(),
  dayOfWeek: partOf(parts.dayOfWeek).optional(),
});

/** Whether a cron expression's fields, 5 to 7 of them, are times: (second) minute hour dayOfMonth month dayOfWeek (year). */
export function isCron(text: string): boolean {
  const fields = text.split(/ +/);
  const { second, minute, hour, dayOfMonth, month, year } = parts;
  const five: Part[] = [minute, hour, dayOfMonth, month, { ...parts.dayOfWeek, max: 7 }];
  const expected = { 5: five, 6: [...five, year], 7: [second, ...five, year] }[fields.length];
  return (
    expected?.every((part, index) => (fields[index] ?? '').split(',').every((one) => one === '?' || readRange(one, part) !== undefined)) ??
    false
  );
}

function partOf(part: Part) {
  return field((value): Parsed<CalendarRange[]> => {
    const written = Array.isArray(value) ? value : typeof value === 'string' ? value.split(',') : [value];
    const ranges = written.map((one) => readRange(String(one).trim(), part));
    const known = part.names === undefined ? `${part.min} to ${part.max}` : `${part.names[0]} to ${part.names.at(-1)}`;
    if (ranges.length === 0 || ranges.some((range) => range === undefined)) {
      return bad(value, `${known}, a range, or several of them, for example ${part.example}`);
    }
    return good(ranges.filter((range) => range !== undefined));
  });
}

function readRange(text: string, part: Part): CalendarRange | undefined {
  const [, from = '', to, every] = /^(\*|[A-Za-z0-9]+)(?:-([A-Za-z0-9]+))?(?:\/([0-9]{1,4}))?$/.exec(text) ?? [];
  const step = every === undefined ? 1 : Number(every);
  if (step < 1) return undefined;
  if (from === '*') return to === undefined ? { start: part.min, end: part.max, step } : undefined;
  const start = readValue(from, part);
  const end = to === undefined ? (every === undefined ? start : part.max) : readValue(to, part);
  return start === undefined || end === undefined || end < start ? undefined : { start, end, step };
}

function readValue(text: string, { min, max, names }: Part): number | undefined {
  const named = names?.indexOf(text.slice(0, 3).toUpperCase()) ?? -1;
  const value = named >= 0 ? named + min : /^[0-9]{1,4}$/.test(text) ? Number(text) : Number.NaN;
  return value >= min && value <= max ? value : undefined;
}
