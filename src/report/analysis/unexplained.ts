import type { ExperimentEvidence } from '../../contracts/evidence.ts';
import type { ExperimentReport, Finding, ProbeReport } from '../../contracts/report.ts';
import { eventLine } from './evidence-line.ts';

/** How near to a miss an event is told: they have whole seconds, and effects come after their causes. */
const nearMs = 5_000;
const mostEvents = 5;

/** A failure that no rule fits: when it was, what was told then, what each rule ruled out, and what could not be looked at. */
export function unexplained(experiment: ExperimentReport, { clusterRecord }: ExperimentEvidence, ruledOut: readonly string[]): Finding {
  const failed = experiment.probes.filter(({ verdict }) => verdict === 'Failed');
  const misses = failed.flatMap(({ samples }) => samples.filter(({ ok }) => !ok).map(({ at }) => at));
  const near = (clusterRecord?.events ?? []).filter(({ at }) => misses.some((miss) => Math.abs(Date.parse(at) - miss) <= nearMs));
  const told = [...near.filter(({ type }) => type === 'Warning'), ...near.filter(({ type }) => type !== 'Warning')].slice(0, mostEvents);
  return {
    rule: 'unexplained',
    severity: 'warning',
    title: `${experiment.name} failed, and no rule explains why`,
    evidence: [
      experiment.reason,
      ...failed.flatMap(describeMisses),
      ...told.map((event) => `${eventLine(event)} (at about the time of a miss)`),
      ...ruledOut.map((sentence) => `ruled out: ${sentence}`),
      ...(clusterRecord?.gaps ?? []).map((gap) => `not known: ${gap}`),
    ],
    fix: null,
  };
}

function describeMisses({ name, samples }: ProbeReport): string[] {
  const missed = samples.filter(({ ok }) => !ok);
  const [first] = missed;
  const last = missed.at(-1);
  if (first === undefined || last === undefined || missed.length === samples.length) return [];
  const [from, to] = [first, last].map(({ at }) => new Date(at).toISOString());
  return [
    `${from} probe ${name}: the first of ${missed.length} misses among ${samples.length} samples${first === last ? '' : `; the last at ${to}`}`,
  ];
}
