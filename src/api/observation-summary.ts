import type { ProbeSeries } from '../contracts/evidence.ts';
import type { SeriesSummary } from '../contracts/run-event.ts';
import { percentile, successPercent } from '../report/statistics.ts';

export function summariseSeries(series: ProbeSeries): SeriesSummary {
  const values = series.samples.flatMap((sample) => (sample.value === undefined ? [] : [sample.value]));
  return {
    name: series.name,
    type: series.type,
    unit: series.unit,
    reach: series.reach,
    samples: series.samples.length,
    successPercent: successPercent(series.samples),
    p50: percentile(values, 50),
    p95: percentile(values, 95),
    max: percentile(values, 100),
    detail: series.detail,
  };
}
