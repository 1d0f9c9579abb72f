import type { SightingKind } from '../checker/sighting.ts';
import type { Outage } from '../kill/killer.ts';
import type { Episode } from './records.ts';

/** How much later than the planned end a carrier ends a fault by itself. */
const slackMs = 5_000;
/** How much later than that it may still be seen, unless a soak is told otherwise. */
export const defaultGraceMs = 15_000;

/** Kinds of sightings that only the API server can tell of. */
export const onObjects: readonly SightingKind[] = ['object', 'mark', 'cordon', 'taint'];

/**
 * When something of a fault may last be seen. A fault that is carried by an agent is bound by its deadline whatever has died, unless
 * the carrier itself was held up. What is on objects of the API can only be taken off by squall's own processes: while they, or the
 * API server, were away, the grace counts from when they were back.
 */
export function lastSeenBy(
  { firstSeen, run, sighting }: Pick<Episode, 'firstSeen' | 'run' | 'sighting'>,
  outages: readonly Outage[],
  now: number,
  graceMs: number,
): number {
  if (run === null) return firstSeen;
  let limit = firstSeen + run.fault.seconds * 1000 + slackMs + graceMs;
  const excusing = outages.filter((outage) => excuses(outage, onObjects.includes(sighting.kind), run.lane));
  for (const { from, until } of excusing.toSorted((a, b) => a.from - b.from)) {
    const end = until ?? now;
    if (from <= limit && end >= firstSeen) limit = Math.max(limit, end + graceMs);
  }
  return limit;
}

function excuses({ victim, lane }: Outage, onObject: boolean, ofLane: string): boolean {
  if (onObject) return victim === 'worker' || victim === 'temporal' || victim === 'kube-apiserver';
  return lane === ofLane;
}
