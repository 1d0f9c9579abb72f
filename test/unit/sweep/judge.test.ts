import assert from 'node:assert/strict';
import { faultId } from '../../../src/contracts/fault-id.ts';
import type { RunState } from '../../../src/contracts/sweep.ts';
import { type Chosen, graceMs, isOfRun, judge } from '../../../src/sweep/judge.ts';
import type { Sighting } from '../../../src/sweep/sighting.ts';

const now = 1_000_000;

function sighting(changes: Partial<Sighting>): Sighting {
  const undoing: Sighting['undoing'] = {
    how: 'stop it',
    target: 'cart-0',
    involved: { apiVersion: 'v1', kind: 'Pod', name: 'cart-0', uid: 'u' },
    act: () => Promise.reject(new Error('nothing is undone here')),
  };
  const base = { where: 'shop/cart-0', run: null, fault: faultId('run-a', 1), kind: 'network', deadline: now, evidence: '' };
  return { ...base, is: 'fault', undoing, ...changes };
}

function judged(changes: Partial<Sighting>, run: RunState = 'unknown', chosen: Chosen = { kind: 'due' }) {
  return judge(sighting(changes), { now, run, chosen });
}

describe('judging what a sweep found', () => {
  it('leaves a fault alone until its deadline and a grace have passed', () => {
    assert.deepEqual(judged({ deadline: now + 1 }), { state: 'active', due: false });
    assert.deepEqual(judged({ deadline: now - graceMs }), { state: 'active', due: false });
    assert.deepEqual(judged({ deadline: now - graceMs - 1 }), { state: 'overdue', due: true });
  });

  it('undoes the fault of a run that is over at once, and an overdue one of a run that goes on', () => {
    assert.deepEqual(judged({ deadline: now + 60_000 }, 'over'), { state: 'orphan', due: true });
    assert.deepEqual(judged({ deadline: now + 60_000 }, 'running'), { state: 'active', due: false });
    assert.deepEqual(judged({ deadline: now - 60_000 }, 'running'), { state: 'overdue', due: true });
  });

  it('never undoes a fault of an unknown run within its time: it may be of another installation', () => {
    assert.deepEqual(judged({ deadline: now + 60_000 }, 'unknown'), { state: 'active', due: false });
  });

  it('undoes what nobody claims, and tidies what has ended where there is something to tidy', () => {
    assert.deepEqual(judged({ is: 'unclaimed', deadline: now + 60_000 }), { state: 'orphan', due: true });
    assert.deepEqual(judged({ is: 'ended' }), { state: 'ended', due: true });
    assert.deepEqual(judged({ is: 'ended', undoing: null }), { state: 'ended', due: false });
    assert.deepEqual(judged({ is: 'idle', fault: null, undoing: null }), { state: 'idle', due: false });
    assert.deepEqual(judged({ is: 'unread', fault: null, undoing: null }), { state: 'unknown', due: false });
  });

  it('takes all faults, or all of one run and of none other, when told to', () => {
    const living = { deadline: now + 60_000 };
    assert.equal(judged(living, 'running', { kind: 'all' }).due, true);
    assert.equal(judged(living, 'running', { kind: 'run', run: 'run-a' }).due, true);
    assert.equal(judged(living, 'running', { kind: 'run', run: 'run-b' }).due, false);
    assert.equal(judged({ deadline: 0 }, 'unknown', { kind: 'run', run: 'run-b' }).due, false);
  });

  it("knows a run's faults by what is written on them, and by how their ids begin", () => {
    assert.ok(isOfRun({ run: null, fault: `${faultId('run-a', 3)}-x-2` }, 'run-a'));
    assert.ok(isOfRun({ run: 'run-a', fault: 't1' }, 'run-a'));
    assert.ok(!isOfRun({ run: null, fault: faultId('run-ab', 3) }, 'run-a'));
    assert.ok(!isOfRun({ run: null, fault: null }, 'run-a'));
  });
});
