import type { ProbeSpec, Tolerance } from '../contracts/campaign.ts';
import type { Observation, ProbeSeries } from '../contracts/evidence.ts';
import type { ProbeReport } from '../contracts/report.ts';
import { formatCondition, formatPercent, formatValue, plural } from './format.ts';
import { percentile, successPercent } from './statistics.ts';

/**
 * Everything one probe measured in an experiment, over all of its observations, and its verdict.
 * Percentiles are of the values measured; a sample whose measuring failed has none, and counts
 * as not ok. A judged probe without a single sample has Failed: nothing was measured.
 */
export function makeProbeReport(spec: ProbeSpec, observations: readonly Observation[]): ProbeReport {
  const series = observations.flatMap((observation) => observation.series.filter((one) => one.name === spec.name));
  const samples = series.flatMap((one) => one.samples).toSorted((a, b) => a.at - b.at);
  const values = samples.flatMap((sample) => (sample.value === undefined ? [] : [sample.value]));
  const success = successPercent(samples);
  return {
    name: spec.name,
    type: spec.type,
    ...(spec.place === undefined ? {} : { place: spec.place }),
    when: spec.when,
    // Both are empty in an observation during which the probe could not be opened.
    unit: series.find((one) => one.unit !== '')?.unit ?? '',
    reach: [...new Set(series.map((one) => one.reach).filter((reach) => reach !== ''))].join(', '),
    tolerance: spec.tolerance ?? null,
    weight: spec.weight,
    samples,
    successPercent: success,
    p50: percentile(values, 50),
    p95: percentile(values, 95),
    max: percentile(values, 100),
    verdict: verdictOf(spec, success),
    detail: mergeDetail(series),
  };
}

function verdictOf(spec: ProbeSpec, success: number | null): ProbeReport['verdict'] {
  if (spec.tolerance === undefined) return 'Informational';
  return success !== null && success >= spec.tolerance.successPercent ? 'Passed' : 'Failed';
}

/** A later observation knows more than an earlier one, except where it has nothing to say. */
function mergeDetail(series: readonly ProbeSeries[]): ProbeSeries['detail'] {
  const merged: ProbeSeries['detail'] = {};
  for (const [key, value] of series.flatMap((one) => Object.entries(one.detail))) {
    if (value !== null || merged[key] === undefined) merged[key] = value;
  }
  return merged;
}

/** Why a judged probe failed, without its name: `40% of 30 samples satisfied <= 1000 ms, expected 95%: up to 1840 ms`. */
export function probeFailure(probe: ProbeReport): string {
  if (probe.samples.length === 0) return 'nothing was measured';
  const tolerance = probe.tolerance;
  if (tolerance === null) return 'not judged';
  const lastError = probe.samples.findLast((sample) => sample.error !== undefined)?.error;
  const share = `${formatPercent(probe.successPercent)} of ${plural(probe.samples.length, 'sample')}`;
  const satisfied = tolerance.value === undefined ? 'succeeded' : `satisfied ${formatCondition(tolerance, probe.unit)}`;
  const error = lastError === undefined ? '' : ` (last error: ${lastError})`;
  return `${share} ${satisfied}, expected ${formatPercent(tolerance.successPercent)}${measured(probe, tolerance)}${error}`;
}

/** What was measured on the wrong side, at its farthest; empty where there is no such side. */
function measured({ samples, unit }: ProbeReport, { comparator, value: bound }: Tolerance): string {
  const missed = samples.flatMap(({ ok, value }) => (ok || value === undefined ? [] : [value]));
  if (bound === undefined || missed.length === 0) return '';
  const of = (value = Number.NaN) => formatValue(value, unit);
  if (samples.length === 1) return `: ${of(missed[0])}`;
  if (comparator === '<=' || comparator === '<') return `: up to ${of(Math.max(...missed))}`;
  if (comparator === '>=' || comparator === '>') return `: down to ${of(Math.min(...missed))}`;
  return `: ${of(missed.at(-1))} at last`;
}
