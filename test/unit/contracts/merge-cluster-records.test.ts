import assert from 'node:assert/strict';
import { boundEvents } from '../../../src/contracts/bounded-events.ts';
import type { ClusterEvent, ClusterRecord } from '../../../src/contracts/cluster-record.ts';
import { mergeClusterRecords } from '../../../src/contracts/merge-cluster-records.ts';

function event(seconds: number, changes: Partial<ClusterEvent> = {}): ClusterEvent {
  return {
    at: new Date(Date.UTC(2026, 0, 2, 12, 0, seconds)).toISOString(),
    cluster: 'default',
    kind: 'Pod',
    namespace: 'shop',
    name: `redis-${seconds}`,
    type: 'Normal',
    reason: 'Killing',
    message: 'Stopping container redis',
    count: 1,
    ...changes,
  };
}

function record(from: string, events: ClusterEvent[], leftOut = 0): ClusterRecord {
  const facts = { pods: [], podsLeftOut: 0, zones: null, workload: null, budgets: null, redis: null, throttling: null, gaps: [] };
  return { cluster: 'default', namespace: 'shop', from, to: `to of ${from}`, events, eventsLeftOut: leftOut, ...facts };
}

describe('events of a cluster', () => {
  it('are at most 200: warnings stay before others, later before earlier ones, in the order of time', () => {
    const many = Array.from({ length: 250 }, (_, index) => event(index, { message: '' }));
    const warning = event(0, { type: 'Warning', name: 'early' });
    const { events, leftOut } = boundEvents([warning, ...many]);
    assert.deepEqual([events.length + leftOut, events[0]?.name, events.at(-1)?.name], [251, 'early', 'redis-249']);
    assert.ok(events.length <= 200 && leftOut > 0);
    assert.deepEqual(
      events,
      events.toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)),
    );
  });

  it('take at most 32 KiB of a history, however long their messages are', () => {
    const { events, leftOut } = boundEvents(Array.from({ length: 200 }, (_, index) => event(index, { message: 'x'.repeat(300) })));
    assert.ok(JSON.stringify(events).length < 33_000);
    assert.equal(events.length + leftOut, 200);
  });
});

describe('records of turns', () => {
  it('are one: events of both, those that went on once, and the later facts', () => {
    const ongoing = { firstAt: event(1).at, name: 'redis-0', reason: 'BackOff' };
    const earlier = record('a', [event(1, ongoing), event(2)], 1);
    const later = record('b', [event(9, { ...ongoing, count: 5 }), event(10)], 2);
    const merged = mergeClusterRecords(earlier, later);
    assert.deepEqual(
      merged.events.map(({ name, count }) => [name, count]),
      [
        ['redis-2', 1],
        ['redis-0', 5],
        ['redis-10', 1],
      ],
    );
    assert.deepEqual([merged.from, merged.to, merged.eventsLeftOut], ['a', 'to of b', 3]);
    assert.equal(mergeClusterRecords(undefined, later), later);
  });
});
