import type { ClusterEvent } from './cluster-record.ts';

const mostEvents = 200;
/** Of all events of an experiment as JSON: they are in the history several times over. */
const mostBytes = 32_768;

/** The events that are kept: warnings before others, and later before earlier ones; in the order of time. */
export function boundEvents(events: readonly ClusterEvent[]): { events: ClusterEvent[]; leftOut: number } {
  const byWorth = events
    .map((event, index) => ({ event, index }))
    .sort((a, b) => Number(b.event.type === 'Warning') - Number(a.event.type === 'Warning') || b.index - a.index);
  let bytes = 0;
  const kept = byWorth.slice(0, mostEvents).filter(({ event }) => {
    bytes += JSON.stringify(event).length;
    return bytes <= mostBytes;
  });
  return {
    events: kept.sort((a, b) => a.index - b.index).map(({ event }) => event),
    leftOut: events.length - kept.length,
  };
}
