import type { ExperimentReport } from '../../contracts/report.ts';
import { inBuckets, type Span } from './buckets.ts';

/** Writes of the probe of a redis: each of its samples is one. */
export interface WriteBucket {
  at: number;
  acknowledged: number;
  /** no acknowledgement came in time, or there was nobody to write to */
  failed: number;
}

export function writeBuckets(experiments: readonly ExperimentReport[], span: Span): WriteBucket[] {
  const writes = experiments.flatMap(({ probes }) => probes.filter(({ type }) => type === 'redis-write-latency'));
  return [
    ...inBuckets(
      writes.flatMap(({ samples }) => samples),
      span,
    ),
  ].map(([at, members]) => {
    const failed = members.filter(({ error }) => error !== undefined).length;
    return { at, failed, acknowledged: members.length - failed };
  });
}
