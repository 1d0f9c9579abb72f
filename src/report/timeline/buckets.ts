/** A stretch of time, in ms since the epoch, and the width of the buckets it is cut into. */
export interface Span {
  from: number;
  to: number;
  bucketMs: number;
}

const widths = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 21_600, 43_200, 86_400].map((seconds) => seconds * 1_000);
const mostBuckets = 50;

/** A round width that cuts it into 50 buckets at most. */
export function bucketWidth(spanMs: number): number {
  return widths.find((width) => spanMs / width <= mostBuckets) ?? Math.ceil(spanMs / mostBuckets);
}

/** What lies in each bucket, by the bucket's beginning, in order; buckets in which nothing lies are left out. */
export function inBuckets<T extends { at: number }>(all: readonly T[], { from, bucketMs }: Span): Map<number, T[]> {
  const start = Math.floor(from / bucketMs) * bucketMs;
  const indexOf = ({ at }: T) => Math.floor((at - start) / bucketMs);
  const groups = Map.groupBy(
    all.toSorted((a, b) => a.at - b.at),
    indexOf,
  );
  return new Map([...groups].map(([index, members]) => [start + index * bucketMs, members]));
}
