import { boundEvents } from './bounded-events.ts';
import type { ClusterEvent, ClusterRecord } from './cluster-record.ts';

/** What was told in one turn of a repeated fault, and what in a later one: the later facts, and the events of both. */
export function mergeClusterRecords(earlier: ClusterRecord | undefined, later: ClusterRecord): ClusterRecord {
  if (earlier === undefined) return later;
  // One that went on is told again, with a later time and a higher count.
  const again = new Set(later.events.map(identityOf));
  const all = [...earlier.events.filter((event) => !again.has(identityOf(event))), ...later.events];
  const { events, leftOut } = boundEvents(all.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)));
  const log = [...(earlier.redis?.log ?? []), ...(later.redis?.log ?? [])].slice(-mostLines);
  return {
    ...later,
    from: earlier.from,
    events,
    eventsLeftOut: earlier.eventsLeftOut + later.eventsLeftOut + leftOut,
    redis:
      later.redis === null ? earlier.redis : { ...later.redis, log: later.redis.log === null && earlier.redis?.log == null ? null : log },
  };
}

/** Lines of Sentinels that are kept. */
export const mostLines = 80;

function identityOf({ kind, name, reason, message, firstAt, at }: ClusterEvent): string {
  return [kind, name, reason, message, firstAt ?? at].join('\n');
}
