/**
 * The nearest-rank percentile: the smallest value such that at least `percent` of all values are
 * not above it. It is always one of the values, never an interpolation between two.
 *
 * @param percent above 0, at most 100
 * @returns null when there are no values
 * @throws RangeError on a percentage out of range
 */
export function percentile(values: readonly number[], percent: number): number | null {
  if (!(percent > 0 && percent <= 100)) throw new RangeError(`percentile: found ${percent}, expected above 0 and at most 100`);
  const sorted = values.toSorted((a, b) => a - b);
  // Multiplied before it is divided: 0.07 * 100 is not 7 in binary.
  return sorted[Math.ceil((percent * sorted.length) / 100) - 1] ?? null;
}

/** The share, 0 to 100, of those that are ok; exact, not rounded. Null when there are none. */
export function successPercent(samples: readonly { ok: boolean }[]): number | null {
  if (samples.length === 0) return null;
  return (samples.filter((sample) => sample.ok).length * 100) / samples.length;
}
