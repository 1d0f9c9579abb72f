import assert from 'node:assert/strict';
import type { RolloutState, SeenRollout } from '../../../src/contracts/schedule.ts';
import { decideRollout, seenAtFirst } from '../../../src/triggers/decide-rollout.ts';

const revision = (number: string) => ({ uid: 'u', revision: number, images: ['redis:7'] });
const healthy = (number: string): RolloutState => ({ state: 'healthy', revision: revision(number) });
const known: SeenRollout = { known: 'u/1', problem: null };
const now = Date.parse('2030-01-02T03:04:05.000Z');

describe('decideRollout', () => {
  it('starts a run for a healthy revision that is not known, and for no other', () => {
    assert.deepEqual(decideRollout(known, healthy('1'), now, now), { start: null, seen: known, changed: false });
    assert.deepEqual(decideRollout(known, healthy('3'), now, now), {
      start: revision('3'),
      seen: { known: 'u/3', problem: null },
      changed: true,
    });
    const anew: RolloutState = { state: 'healthy', revision: { ...revision('1'), uid: 'another' } };
    assert.equal(decideRollout(known, anew, now, now).seen.known, 'another/1');
  });

  it('waits for one that is under way, and tells one that does not become healthy, once', () => {
    const underWay: RolloutState = { state: 'under-way', revision: revision('2'), reason: '1 of 3' };
    assert.equal(decideRollout(known, underWay, now, now - 60_000).changed, false);
    const late = decideRollout(known, underWay, now, now - 600_000);
    assert.deepEqual(late.seen, { known: 'u/1', problem: { revision: 'u/2', since: '2030-01-02T03:04:05.000Z', reason: '1 of 3' } });
    const stuck: RolloutState = { state: 'stuck', revision: revision('2'), reason: 'over its deadline' };
    const told = decideRollout(known, stuck, now, now);
    assert.deepEqual([told.start, told.changed, told.seen.problem?.reason], [null, true, 'over its deadline']);
    assert.equal(decideRollout(told.seen, stuck, now + 1_000, now).changed, false);
    assert.deepEqual(decideRollout(told.seen, healthy('2'), now, now).seen, { known: 'u/2', problem: null });
  });

  it('takes no trouble of a revision that was dealt with for a rollout', () => {
    const stuck: RolloutState = { state: 'stuck', revision: revision('1'), reason: 'a node is gone' };
    assert.deepEqual(decideRollout(known, stuck, now, 0), { start: null, seen: known, changed: false });
    assert.deepEqual(decideRollout(known, { state: 'absent' }, now, 0), { start: null, seen: known, changed: false });
  });

  it('knows at first what there is, be it healthy or not', () => {
    assert.equal(seenAtFirst({ state: 'under-way', revision: revision('4'), reason: '' }).known, 'u/4');
    assert.equal(seenAtFirst({ state: 'absent' }).known, null);
  });
});
