import assert from 'node:assert/strict';
import { tellEvent } from '../../../src/client/tell-event.ts';
import type { RunEvent } from '../../../src/contracts/run-event.ts';
import { makePaint } from '../../../src/report/paint.ts';

const when = { runId: 'cart-1', at: '2030-01-02T03:04:05.000Z' };
const tell = (event: RunEvent) => tellEvent(event, makePaint(false));

describe('an event, told', () => {
  it('names who undid a fault, and where another did', () => {
    const perTarget = [
      { target: 'cart-0', by: 'workflow' as const, at: when.at, detail: 'removed' },
      { target: 'cart-1', by: 'carrier' as const, at: when.at, detail: 'deadline' },
    ];
    const event = {
      ...when,
      type: 'fault.reverted',
      experiment: 'e',
      fault: 'f',
      revertedAt: when.at,
      revertedBy: 'workflow',
      perTarget,
    } as const;
    assert.deepEqual(tell({ ...event }), ['undone by the workflow', '  cart-0: removed', '  cart-1: by the carrier, deadline']);
  });

  it('says who steered the run, and why', () => {
    assert.deepEqual(tell({ ...when, type: 'run.paused', faults: 'undo', actor: 'anna', reason: 'deploy' }), [
      'paused by anna: deploy; faults under way are undone',
    ]);
    assert.deepEqual(tell({ ...when, type: 'undo.failing', experiment: 'slow', missing: 'cart-0: forbidden' }), [
      'the undo of slow does not succeed, and is tried again: cart-0: forbidden',
    ]);
  });

  it('says nothing of an event that a newer release tells', () => {
    assert.deepEqual(tell({ ...when, type: 'run.of-the-future' } as unknown as RunEvent), []);
  });

  it('says of a read-back just what it missed', () => {
    const perTarget = [
      { target: 'cart-0', ok: true, detail: 'seen' },
      { target: 'cart-1', ok: false, detail: 'no rule' },
    ];
    assert.deepEqual(tell({ ...when, type: 'fault.verified', experiment: 'e', fault: 'f', ok: false, perTarget }), [
      'NOT in effect cart-1: no rule',
    ]);
    assert.deepEqual(tell({ ...when, type: 'fault.confirmed', experiment: 'e', fault: 'f', ok: false, perTarget }), [
      'STILL in effect cart-1: no rule',
    ]);
  });

  it('has percentiles of many samples, the value of one, and the share of those without a value', () => {
    const series = { type: 't', reach: 'direct', detail: {} };
    const lines = tell({
      ...when,
      type: 'fault.observed',
      experiment: 'e',
      during: 'recovery',
      from: when.at,
      to: when.at,
      series: [
        { ...series, name: 'latency', unit: 'ms', samples: 49, successPercent: 73.469, p50: 1.714, p95: 18.6, max: 33.1 },
        { ...series, name: 'election', unit: 's', samples: 1, successPercent: 100, p50: 9.99, p95: 9.99, max: 9.99 },
        { ...series, name: 'replication', unit: '', samples: 4, successPercent: 100, p50: null, p95: null, max: null },
      ],
      recoveredAt: null,
      notRecovered: 'replication: 1 replica is not linked',
      readBacks: { count: 9, missed: 2 },
    });
    assert.deepEqual(lines, [
      'observed until steady state was back',
      '  latency: p50 1.71, p95 18.6, max 33.1 ms, 73.46% of 49 ok',
      '  election: 9.99 s, 100% of 1 ok',
      '  replication: 100% of 4 ok',
      '  2 of 9 read-backs missed the fault',
      '  steady state is not back: replication: 1 replica is not linked',
    ]);
  });

  it('ends with the verdict, or with why there is none', () => {
    const end = { ...when, type: 'run.finished' } as const;
    assert.deepEqual(tell({ ...end, ending: 'failed', verdict: 'Failed', score: 66.666, reason: 'slow' }), [
      '',
      'Failed, score 66.67: slow',
    ]);
    assert.deepEqual(tell({ ...end, ending: 'terminated', verdict: null, score: null, reason: 'terminated: stuck' }), [
      '',
      'terminated: terminated: stuck',
    ]);
  });
});
