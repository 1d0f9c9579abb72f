import type { ExperimentReport } from '../../contracts/report.ts';
import { inBuckets, type Span } from './buckets.ts';

/** Samples of all judged probes that were not as expected. */
export interface MissedBucket {
  at: number;
  /** measured, and not within the tolerance */
  outside: number;
  /** not measured: no answer, a refused connection */
  unanswered: number;
}

export function missedBuckets(experiments: readonly ExperimentReport[], span: Span): MissedBucket[] {
  const judged = experiments.flatMap(({ probes }) => probes.filter(({ tolerance }) => tolerance !== null));
  const missed = judged.flatMap(({ samples }) => samples.filter(({ ok }) => !ok));
  return [...inBuckets(missed, span)].map(([at, members]) => {
    const unanswered = members.filter(({ error }) => error !== undefined).length;
    return { at, unanswered, outside: members.length - unanswered };
  });
}
