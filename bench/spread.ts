import { percentile } from '../src/report/statistics.ts';

/** How the values of one figure lie, all of one run. Percentiles are values that were measured, never between two. */
export interface Spread {
  count: number;
  min: number;
  median: number;
  p95: number;
  max: number;
}

/** @throws RangeError when there are no values */
export function spreadOf(values: readonly number[]): Spread {
  const [min, median, p95, max] = [percentile(values, 0.001), percentile(values, 50), percentile(values, 95), percentile(values, 100)];
  if (min === null || median === null || p95 === null || max === null)
    throw new RangeError('spread: found no values, expected one or more');
  return { count: values.length, min: short(min), median: short(median), p95: short(p95), max: short(max) };
}

/** The medians' ratio. Null when the second is 0 or one of them is not there. */
export function ratioOf(one: Spread | undefined, other: Spread | undefined): number | null {
  return one === undefined || other === undefined || other.median === 0 ? null : short(one.median / other.median);
}

/** Three places at most: what is measured is no more exact. */
export function short(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}
