import { oneOf } from './suggest.ts';

/** A typed value, or what was found in its place and what was expected. */
export type Parsed<T> = { ok: true; value: T } | { ok: false; found: string; expected: string };

const millisecondsPerUnit = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const bytesPerUnit = { '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 } as const;

export function good<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

export function bad(value: unknown, expected: string): { ok: false; found: string; expected: string } {
  return { ok: false, found: describe(value), expected };
}

/** A value as a message shows it. */
export function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'an empty value';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return Object.keys(value).length === 0 ? 'an empty mapping' : 'a mapping';
  if (typeof value !== 'string') return String(value);
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
}

/** Milliseconds as people write them: `1m30s`, `500ms`. */
export function formatDuration(milliseconds: number): string {
  let rest = milliseconds;
  let text = '';
  for (const unit of ['h', 'm', 's', 'ms'] as const) {
    const amount = Math.floor(rest / millisecondsPerUnit[unit]);
    if (amount > 0) text += `${amount}${unit}`;
    rest -= amount * millisecondsPerUnit[unit];
  }
  return text === '' ? '0s' : text;
}

export interface DurationOptions {
  /** what a number without a unit means; absent: a unit is required */
  bareUnit?: 'ms' | 's';
  minMs?: number;
  maxMs?: number;
}

/** A duration such as `500ms`, `30s`, `1.5s`, `1m30s`, in milliseconds. */
export function parseDuration(value: unknown, options: DurationOptions = {}): Parsed<number> {
  const { bareUnit, minMs = 0, maxMs = Number.MAX_SAFE_INTEGER } = options;
  const example = bareUnit === 'ms' ? '500ms or 500' : bareUnit === 's' ? '30s or 30' : '30s';
  const meaning = bareUnit === 'ms' ? ' (a bare number is milliseconds)' : bareUnit === 's' ? ' (a bare number is seconds)' : '';
  const expected = `a duration with its unit ms, s, m, h or d${meaning}, for example ${example}`;
  const milliseconds = readDuration(value, bareUnit);
  if (milliseconds === undefined) return bad(value, expected);
  if (!Number.isSafeInteger(milliseconds)) return bad(value, 'a duration of whole milliseconds, for example 1500ms');
  if (milliseconds < minMs) return bad(value, `a duration of at least ${formatDuration(minMs)}`);
  if (milliseconds > maxMs) return bad(value, `a duration of at most ${formatDuration(maxMs)}`);
  return good(milliseconds);
}

function readDuration(value: unknown, bareUnit: 'ms' | 's' | undefined): number | undefined {
  if (typeof value === 'number' && bareUnit !== undefined) {
    return Number.isFinite(value) && value >= 0 ? roundOff(value * millisecondsPerUnit[bareUnit]) : undefined;
  }
  if (typeof value !== 'string') return undefined;
  if (/^\d+(\.\d+)?$/.test(value)) return bareUnit === undefined ? undefined : roundOff(Number(value) * millisecondsPerUnit[bareUnit]);
  if (!/^(\d+(\.\d+)?d)?(\d+(\.\d+)?h)?(\d+(\.\d+)?m)?(\d+(\.\d+)?s)?(\d+(\.\d+)?ms)?$/.test(value) || value === '') return undefined;
  let sum = 0;
  for (const [, amount = '', unit = ''] of value.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g)) {
    sum += Number(amount) * millisecondsPerUnit[unit as keyof typeof millisecondsPerUnit];
  }
  return roundOff(sum);
}

/** Takes away the error of binary fractions (4.35 s are 4350 ms), not what the author wrote. */
function roundOff(milliseconds: number): number {
  return Number(milliseconds.toPrecision(15));
}

/** A percentage, `50%` or 50, from `min` (0) to `max` (100). */
export function parsePercent(value: unknown, options: { min?: number; max?: number } = {}): Parsed<number> {
  const { min = 0, max = 100 } = options;
  const expected = `a percentage from ${min} to ${max}, for example 50%`;
  const number = typeof value === 'string' && value.endsWith('%') ? readDecimal(value.slice(0, -1)) : readDecimal(value);
  return number === undefined || number < min || number > max ? bad(value, expected) : good(number);
}

/** A quantity of bytes as Kubernetes writes them: `512Mi`, `1G`, 1048576. */
export function parseBytes(value: unknown): Parsed<number> {
  const expected = 'a quantity of bytes with k, M, G, T, Ki, Mi, Gi or Ti, for example 512Mi';
  const match = /^(\d+(?:\.\d+)?)(k|M|G|T|Ki|Mi|Gi|Ti)?$/.exec(
    typeof value === 'number' ? String(value) : typeof value === 'string' ? value : '',
  );
  if (match === null) return bad(value, expected);
  const bytes = Number(match[1]) * bytesPerUnit[(match[2] ?? '') as keyof typeof bytesPerUnit];
  return Number.isSafeInteger(bytes) ? good(bytes) : bad(value, `${expected}, a whole number of bytes`);
}

/** A whole number, 2 or "2". */
export function parseInteger(value: unknown, options: { min?: number; max?: number; example?: number } = {}): Parsed<number> {
  const { min = 0, max = Number.MAX_SAFE_INTEGER, example = Math.max(min, 1) } = options;
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  const number = typeof value === 'string' && !/^-?\d+$/.test(value) ? undefined : readDecimal(value);
  if (number === undefined || !Number.isSafeInteger(number) || number < min || number > max) {
    return bad(value, `a whole number ${range}, for example ${example}`);
  }
  return good(number);
}

/** A number, 2.5 or "-2.5e3". */
export function parseNumber(value: unknown): Parsed<number> {
  const number = readDecimal(value);
  return number === undefined ? bad(value, 'a number, for example 2.5') : good(number);
}

/** true or false; the words quoted are taken too. */
export function parseBoolean(value: unknown): Parsed<boolean> {
  if (value === true || value === 'true') return good(true);
  if (value === false || value === 'false') return good(false);
  return bad(value, 'true or false');
}

/** Non-empty text. */
export function parseText(value: unknown, example: string): Parsed<string> {
  return typeof value === 'string' && value.trim() !== '' ? good(value) : bad(value, `text, for example ${example}`);
}

/** Names separated by commas, or a list of them; none empty, none twice. */
export function parseList(value: unknown, example = 'redis-0,redis-1'): Parsed<string[]> {
  const expected = `names, as a list or separated by commas, for example ${example}`;
  const raw: unknown[] = typeof value === 'string' ? value.split(',') : Array.isArray(value) ? value : [];
  const items: string[] = [];
  for (const item of raw) {
    if (typeof item !== 'string' || item.trim() === '') return Array.isArray(value) ? bad(item, expected) : bad(value, expected);
    const name = item.trim();
    if (items.includes(name)) return { ok: false, found: `${describe(name)} twice`, expected: 'each name once' };
    items.push(name);
  }
  return items.length === 0 ? bad(value, expected) : good(items);
}

/** One word of a closed set. */
export function parseChoice<const T extends string>(value: unknown, choices: readonly T[]): Parsed<T> {
  const choice = choices.find((candidate) => candidate === value);
  return choice === undefined ? bad(value, oneOf(choices, value)) : good(choice);
}

/** A name Kubernetes would take as an RFC 1123 label. */
export function parseName(value: unknown, example: string): Parsed<string> {
  if (typeof value === 'string' && /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(value)) return good(value);
  return bad(value, `a name of at most 63 lower case letters, digits and dashes, for example ${example}`);
}

/** The name of a Kubernetes object: an RFC 1123 subdomain. */
export function parseObjectName(value: unknown, example: string): Parsed<string> {
  if (typeof value === 'string' && value.length <= 253 && /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/.test(value)) {
    return good(value);
  }
  return bad(value, `the name of an object, for example ${example}`);
}

export function parseUrl(value: unknown): Parsed<string> {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) return bad(value, 'a URL, for example http://redis:8080/health');
  return good(value as string);
}

function readDecimal(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  return typeof value === 'string' && /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(value) ? Number(value) : undefined;
}
