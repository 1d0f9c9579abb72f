import type { Sample } from '../contracts/evidence.ts';
import type { ExperimentReport, ProbeReport } from '../contracts/report.ts';
import { nameOfProbe } from './facts.ts';
import { formatNumber, formatPercent, plural, showsUnit } from './format.ts';
import { percentile, successPercent } from './statistics.ts';

export const effectColumns = ['Probe', 'Before the fault', 'While it held', 'After its undo'] as const;

/** What each probe that measured more than once saw before, during and after the fault, under these columns; none: nothing was injected. */
export function effectRows({ probes, injectedAt, revertedAt }: Pick<ExperimentReport, 'probes' | 'injectedAt' | 'revertedAt'>): string[][] {
  if (injectedAt === null) return [];
  const from = Date.parse(injectedAt);
  const to = revertedAt === null ? Number.POSITIVE_INFINITY : Date.parse(revertedAt);
  return probes
    .filter(({ samples }) => samples.length > 1)
    .map((probe) => [
      nameOfProbe(probe),
      ...[
        probe.samples.filter(({ at }) => at < from),
        probe.samples.filter(({ at }) => at >= from && at < to),
        probe.samples.filter(({ at }) => at >= to),
      ].map((samples) => describe(probe, samples)),
    ]);
}

/** `p50 1.2 ms, p95 40 ms; 83% of 53 samples as expected`. */
function describe({ unit, tolerance }: ProbeReport, samples: readonly Sample[]): string {
  if (samples.length === 0) return 'not measured';
  const values = samples.flatMap(({ value }) => (value === undefined ? [] : [value]));
  const suffix = showsUnit(unit) ? ` ${unit}` : '';
  const count = plural(samples.length, 'sample');
  const success = tolerance === null ? count : `${formatPercent(successPercent(samples))} of ${count} as expected`;
  if (values.length === 0) return success;
  return `p50 ${formatNumber(percentile(values, 50))}${suffix}, p95 ${formatNumber(percentile(values, 95))}${suffix}; ${success}`;
}
