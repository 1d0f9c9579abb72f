import type { Step } from './history-steps.ts';

/** What a stretch of a run's time went to, in ms. */
export type Breakdown = Record<string, number>;

/** Nothing runs: Temporal writes down what was, and hands on what is next. */
export const between = 'waiting for Temporal';

/**
 * Divides the time from `from` to `to`, with nothing left over: what ran then, and what was between. Where two activities run side by
 * side the time is the earlier one's. `before` names the time until the first is scheduled, which is somebody else's: a request's.
 */
export function breakdown(steps: readonly Step[], from: number, to: number, before?: { name: string; until: number }): Breakdown {
  const parts: Breakdown = {};
  const add = (name: string, ms: number) => {
    if (ms > 0) parts[name] = (parts[name] ?? 0) + ms;
  };
  let at = from;
  const passTo = (name: string, until: number) => {
    const end = Math.min(until, to);
    add(name, end - at);
    at = Math.max(at, end);
  };
  if (before !== undefined) passTo(before.name, before.until);
  for (const { name, startedAt, endedAt } of steps.toSorted((a, b) => a.startedAt - b.startedAt)) {
    if (startedAt >= to) break;
    if (endedAt <= at) continue;
    passTo(between, startedAt);
    passTo(name, endedAt);
  }
  passTo(between, to);
  return parts;
}

/** Of several runs: the median of each part, in the order in which they first come. A part that a run has not counts as 0. */
export function medianBreakdown(all: readonly Breakdown[], median: (values: number[]) => number): Breakdown {
  const names = new Set(all.flatMap((one) => Object.keys(one)));
  return Object.fromEntries([...names].map((name) => [name, median(all.map((one) => one[name] ?? 0))]));
}
