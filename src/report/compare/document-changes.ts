import type { Comparison, DocumentChange } from '../../contracts/comparison.ts';

const mostChanges = 100;
const longestValue = 200;

/** What two values of JSON differ in, by path. */
export function documentChanges(before: unknown, after: unknown): Comparison['document'] {
  const all = [...changes('', before, after)];
  return { changes: all.slice(0, mostChanges), more: Math.max(0, all.length - mostChanges) };
}

function* changes(path: string, before: unknown, after: unknown): Generator<DocumentChange, undefined> {
  if (isBranch(before) && isBranch(after) && Array.isArray(before) === Array.isArray(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      const place = Array.isArray(before) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
      yield* changes(place, before[key], after[key]);
    }
    return undefined;
  }
  const [first, second] = [told(before), told(after)];
  if (first.whole !== second.whole) yield { path, before: first.short, after: second.short };
  return undefined;
}

function isBranch(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function told(value: unknown): { whole: string | null; short: string | null } {
  if (value === undefined) return { whole: null, short: null };
  const whole = JSON.stringify(value);
  return { whole, short: whole.length > longestValue ? `${whole.slice(0, longestValue)}…` : whole };
}
