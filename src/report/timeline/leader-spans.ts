import type { ExperimentReport, Report } from '../../contracts/report.ts';

/** Who led, from one instant to another. */
export interface LeaderSpan {
  from: number;
  to: number;
  /** null: nobody; the election went on */
  leader: string | null;
  /** false: not seen throughout: before anybody looked, or another led at the end and nobody saw when that changed */
  certain: boolean;
}

/** Who was seen to lead at an instant; null: an election began then. */
interface Sighting {
  at: number;
  leader: string | null;
}

/**
 * Who led a redis through the run, from what faults and probes saw: the primary that was a fault's target, the stages of an
 * election, whom the writes went to, and the validation at the end.
 */
export function leaderSpans(report: Report, { from, to }: { from: number; to: number }): LeaderSpan[] {
  const sightings = [...report.experiments.flatMap(sightingsOf), ...atValidation(report)].toSorted((a, b) => a.at - b.at);
  const [first] = sightings;
  const spans: LeaderSpan[] = [];
  if (first !== undefined && first.leader !== null && first.at > from) {
    spans.push({ from, to: first.at, leader: first.leader, certain: false });
  }
  for (const [index, { at, leader }] of sightings.entries()) {
    const next = sightings[index + 1];
    const end = next?.at ?? to;
    if (end <= at) continue;
    const certain = next === undefined || leader === null || next.leader === null || next.leader === leader;
    const last = spans.at(-1);
    if (last !== undefined && last.leader === leader && last.certain && certain) last.to = end;
    else spans.push({ from: at, to: end, leader, certain });
  }
  return spans;
}

function sightingsOf(experiment: ExperimentReport): Sighting[] {
  const { injectedAt, targets, probes } = experiment;
  const sightings: Sighting[] = [];
  const injected = injectedAt === null ? null : Date.parse(injectedAt);
  const elections = probes.filter(({ type }) => type === 'redis-leader-election');
  const primary = targets.find((target) => target.kind === 'pod' && target.role === 'redis-primary');
  const [first] = elections;
  const old = first === undefined ? undefined : first.detail.oldPrimary;
  const before = typeof old === 'string' ? old : primary?.kind === 'pod' ? primary.pod : undefined;
  if (injected !== null && before !== undefined) sightings.push({ at: injected - 1, leader: before });
  if (injected !== null) {
    for (const { detail } of elections) {
      sightings.push({ at: injected, leader: null });
      const { newPrimary, electedSeconds } = detail;
      if (typeof newPrimary === 'string' && typeof electedSeconds === 'number') {
        sightings.push({ at: injected + electedSeconds * 1_000, leader: newPrimary });
      }
    }
  }
  for (const { type, detail, samples } of probes) {
    const last = samples.findLast(({ error }) => error === undefined);
    if (type === 'redis-write-latency' && typeof detail.primary === 'string' && last !== undefined) {
      sightings.push({ at: last.at, leader: detail.primary });
    }
  }
  return sightings;
}

function atValidation({ validation }: Report): Sighting[] {
  const primaries = validation?.redis.filter(({ role }) => role === 'primary') ?? [];
  const [primary] = primaries;
  return validation === null || primary === undefined || primaries.length > 1 ? [] : [{ at: validation.at, leader: primary.pod }];
}
