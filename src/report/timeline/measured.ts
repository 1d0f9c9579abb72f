import type { Tolerance } from '../../contracts/campaign.ts';
import type { Sample } from '../../contracts/evidence.ts';
import type { ExperimentReport } from '../../contracts/report.ts';
import { nameOfProbe } from '../facts.ts';
import { percentile } from '../statistics.ts';
import { inBuckets, type Span } from './buckets.ts';

/** What one probe measured, over all experiments: percentiles of a latency, the median of anything else. */
export interface Measured {
  probe: string;
  unit: string;
  isLatency: boolean;
  /** null: not judged, or judged by experiments in different ways */
  limit: Tolerance | null;
  buckets: { at: number; count: number; p50: number; p95: number; p99: number }[];
}

/** Latencies first. A probe that measures once in a while, for example an election, has no line. */
export function measuredSeries(experiments: readonly ExperimentReport[], span: Span): Measured[] {
  const probes = experiments.flatMap((experiment) => experiment.probes).filter(({ when }) => when === 'continuous' || when === 'during');
  const byName = Map.groupBy(probes, (probe) => JSON.stringify([nameOfProbe(probe), probe.type, probe.unit]));
  const all = [...byName.values()].flatMap((same): Measured[] => {
    const [probe] = same;
    const valued = same.flatMap(({ samples }) => samples.filter(hasValue));
    // A value that is only ever one of two says what the marks of the samples say.
    if (probe === undefined || valued.length < 2 || (probe.unit === '' && new Set(valued.map(({ value }) => value)).size <= 2)) return [];
    const limits = new Set(same.map(({ tolerance }) => JSON.stringify(tolerance)));
    const buckets = [...inBuckets(valued, span)].flatMap(([at, members]) => {
      const values = members.map(({ value }) => value);
      const [p50, p95, p99] = [50, 95, 99].map((percent) => percentile(values, percent));
      return p50 == null || p95 == null || p99 == null ? [] : [{ at, count: values.length, p50, p95, p99 }];
    });
    return [
      {
        probe: nameOfProbe(probe),
        unit: probe.unit === 'none' ? '' : probe.unit,
        isLatency: probe.unit === 'ms',
        limit: limits.size === 1 && probe.tolerance?.value !== undefined ? probe.tolerance : null,
        buckets,
      },
    ];
  });
  return all.toSorted((a, b) => Number(b.isLatency) - Number(a.isLatency));
}

function hasValue(sample: Sample): sample is Sample & { value: number } {
  return sample.value !== undefined;
}
