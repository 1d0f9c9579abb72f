import type { Outage } from '../kill/killer.ts';
import type { Episode } from './records.ts';

/** How much later than the planned end a carrier ends a fault by itself. */
const slackMs = 5_000;
/** How much later than that it may still be seen. */
export const graceMs = 15_000;

/**
 * When something of a fault may last be seen. A fault that is carried by an agent is bound by its deadline whatever has died, unless
 * the carrier itself was held up. One that is a change of objects can only be undone by squall's own processes: while they, or the
 * API server, were away, the grace counts from when they were back.
 */
export function lastSeenBy({ firstSeen, run }: Pick<Episode, 'firstSeen' | 'run'>, outages: readonly Outage[], now: number): number {
  if (run === null) return firstSeen;
  let limit = firstSeen + run.fault.seconds * 1000 + slackMs + graceMs;
  const excusing = outages.filter((outage) => excuses(outage, run.fault.onObjects === true, run.lane));
  for (const { from, until } of excusing.toSorted((a, b) => a.from - b.from)) {
    const end = until ?? now;
    if (from <= limit && end >= firstSeen) limit = Math.max(limit, end + graceMs);
  }
  return limit;
}

function excuses({ victim, lane }: Outage, onObjects: boolean, ofLane: string): boolean {
  if (onObjects) return victim === 'worker' || victim === 'temporal' || victim === 'kube-apiserver';
  return lane === ofLane;
}
