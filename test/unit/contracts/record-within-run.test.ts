import assert from 'node:assert/strict';
import type { ClusterRecord } from '../../../src/contracts/cluster-record.ts';
import type { ExperimentEvidence } from '../../../src/contracts/evidence.ts';
import { recordWithinRun } from '../../../src/contracts/record-within-run.ts';
import { evidence } from '../report/example.ts';

function recordOf(normal: number, warnings: number): ClusterRecord {
  const event = (type: 'Normal' | 'Warning') => ({
    at: '2026-01-01T00:00:00.000Z',
    cluster: 'default',
    kind: 'Pod',
    namespace: 'shop',
    name: 'cart-0',
    type,
    reason: 'Reason',
    message: 'm'.repeat(200),
    count: 1,
  });
  const events = [...Array.from({ length: normal }, () => event('Normal')), ...Array.from({ length: warnings }, () => event('Warning'))];
  const nothing = { pods: [], podsLeftOut: 0, zones: ['a'], workload: null, budgets: [], redis: null, throttling: null, gaps: [] };
  return {
    cluster: 'default',
    namespace: 'shop',
    from: '2026-01-01T00:00:00.000Z',
    to: '2026-01-01T00:01:00.000Z',
    events,
    eventsLeftOut: 1,
    ...nothing,
  };
}

const told = (events: number): number => events * JSON.stringify(recordOf(1, 0).events[0]).length;

/** As a campaign keeps them, one after the other. */
function keep(count: number, clusterRecord: ClusterRecord): ExperimentEvidence[] {
  const kept = new Map<string, ExperimentEvidence>();
  for (let index = 0; index < count; index += 1) {
    const name = `experiment-${index}`;
    kept.set(name, recordWithinRun(evidence({ name, clusterRecord }), kept.values()));
  }
  return [...kept.values()];
}

describe('recordWithinRun', () => {
  it('leaves the records of an ordinary run as they are', () => {
    const record = recordOf(20, 5);
    for (const { clusterRecord } of keep(10, record)) assert.deepEqual(clusterRecord, record);
    const bare = evidence();
    assert.equal(recordWithinRun(bare, []), bare);
  });

  it('keeps the warnings where there is no room for all', () => {
    const before = evidence({ name: 'before', clusterRecord: recordOf(Math.floor(580_000 / told(1)), 0) });
    const { clusterRecord } = recordWithinRun(evidence({ name: 'after', clusterRecord: recordOf(100, 3) }), [before]);
    assert.equal(clusterRecord?.events.length, 3);
    assert.equal(clusterRecord.eventsLeftOut, 101);
    assert.match(clusterRecord.gaps.join(), /^events: normal ones are left out/);
  });

  it('holds a run of very many experiments below what Temporal takes, and counts what it leaves out', () => {
    const kept = keep(200, recordOf(100, 100));
    assert.ok(JSON.stringify(kept.map(({ clusterRecord }) => clusterRecord)).length < 750_000);
    for (const { clusterRecord } of kept) {
      assert.equal((clusterRecord?.events.length ?? 0) + (clusterRecord?.eventsLeftOut ?? 0), 201);
    }
    assert.match(kept.at(-1)?.clusterRecord?.gaps.join() ?? '', /^events: all that the cluster told is left out/);
  });

  it('gives an experiment that is tried again the room that its last attempt had', () => {
    const first = evidence({ name: 'again', clusterRecord: recordOf(Math.floor(500_000 / told(1)), 0) });
    const second = recordWithinRun(first, [first]);
    assert.deepEqual(second.clusterRecord, first.clusterRecord);
  });
});
