import assert from 'node:assert/strict';
import type { Look } from '../../../soak/checker/checker.ts';
import type { Sighting } from '../../../soak/checker/sighting.ts';
import type { Outage } from '../../../soak/kill/killer.ts';
import type { LaneFault } from '../../../soak/lanes.ts';
import { Ledger } from '../../../soak/ledger/ledger.ts';
import { defaultGraceMs } from '../../../soak/ledger/limits.ts';
import type { ReportSummary } from '../../../soak/ledger/records.ts';

const carried: LaneFault = { fault: 'pod-network-latency', seconds: 10, holds: true };
const onObjects: LaneFault = { fault: 'workload-scale', seconds: 10, holds: true };
const rules: Sighting = { kind: 'rules', owner: 'ns', place: 'pod inet squall_1', detail: '' };
const mark: Sighting = { kind: 'mark', owner: 'ns', place: 'Deployment app', detail: '' };
const passed: ReportSummary = {
  verdict: 'Passed',
  reason: '',
  injected: true,
  turns: 1,
  reestablished: 0,
  revertedBy: 'workflow',
  revertLateMs: 5,
  held: { from: 500, until: 12_000 },
};

function ledgerWith(fault: LaneFault) {
  const ledger = new Ledger({
    seed: 's',
    graceMs: defaultGraceMs,
    laneOf: (owner) => (owner === 'ns' ? 'lane' : undefined),
    onFailure: () => {},
  });
  const run = ledger.begin('lane', 1, fault, 0);
  run.id = 'run-1';
  const look = (at: number, ...sightings: Sighting[]): Look => ({ at, endedAt: at + 100, sightings, blind: [], objects: [] });
  return { ledger, run, look, kinds: () => ledger.failures.map(({ kind }) => kind) };
}

describe('the account of a soak', () => {
  it('is even when a fault comes once and is gone in time', () => {
    const { ledger, run, look, kinds } = ledgerWith(carried);
    for (const at of [1_000, 3_000, 11_000]) ledger.look(look(at, rules));
    ledger.look(look(13_000));
    ledger.end(run, passed, 14_000);
    assert.equal(ledger.afterEnd(run, new Set(), look(15_000)), true);
    assert.deepEqual(kinds(), []);
  });

  it('has a leak when a fault is seen past its deadline and grace, and tells it once', () => {
    const { ledger, look, kinds } = ledgerWith(carried);
    ledger.look(look(1_000, rules));
    ledger.look(look(31_000, rules));
    assert.deepEqual(kinds(), []);
    ledger.look(look(31_001, rules));
    ledger.look(look(35_000, rules));
    assert.deepEqual(kinds(), ['leaked']);
  });

  it('has a leak when a fault is seen after the verdict', () => {
    const { ledger, run, look, kinds } = ledgerWith(carried);
    ledger.look(look(1_000, rules));
    ledger.end(run, passed, 2_000);
    assert.equal(ledger.afterEnd(run, ledger.remains('lane', look(2_500, rules)), look(3_500, rules)), false);
    assert.deepEqual(kinds(), ['leaked']);
  });

  it('does not excuse a carried fault by a dead worker, but one on objects for as long as the worker is away and a grace', () => {
    const outage: Outage = { victim: 'worker', lane: null, from: 5_000, until: 40_000 };
    for (const [fault, sighting, expected] of [
      [carried, rules, ['leaked']],
      [onObjects, mark, []],
    ] as const) {
      const { ledger, look, kinds } = ledgerWith(fault);
      ledger.outages.push(outage);
      ledger.look(look(1_000, sighting));
      ledger.look(look(55_000, sighting));
      assert.deepEqual(kinds(), expected);
      ledger.look(look(55_001, sighting));
      assert.deepEqual(kinds(), ['leaked']);
    }
  });

  it('excuses a carried fault while its own carrier stands still, not while that of another lane does', () => {
    for (const [lane, expected] of [
      ['lane', []],
      ['other', ['leaked']],
    ] as const) {
      const { ledger, look, kinds } = ledgerWith(carried);
      ledger.outages.push({ victim: 'agent', lane, from: 5_000, until: 35_000 });
      ledger.look(look(1_000, rules));
      ledger.look(look(40_000, rules));
      assert.deepEqual(kinds(), expected);
    }
  });

  it('has a double when a fault is there again after it was gone, unless its run says that it put it back', () => {
    for (const [reestablished, expected] of [
      [0, ['duplicated']],
      [1, []],
    ] as const) {
      const { ledger, run, look, kinds } = ledgerWith(carried);
      for (const at of [1_000, 2_000]) ledger.look(look(at, rules));
      ledger.look(look(3_000));
      for (const at of [5_000, 6_000]) ledger.look(look(at, rules));
      ledger.look(look(7_000));
      ledger.end(run, { ...passed, reestablished }, 8_000);
      assert.deepEqual(kinds(), expected);
    }
  });

  it('takes nothing for gone that could not be looked at', () => {
    const { ledger, run, look, kinds } = ledgerWith(onObjects);
    ledger.look(look(1_000, mark));
    ledger.look({ at: 3_000, endedAt: 3_100, sightings: [], blind: ['the API server'], objects: undefined });
    for (const at of [5_000, 6_000]) ledger.look(look(at, mark));
    ledger.look(look(7_000));
    ledger.end(run, passed, 8_000);
    assert.deepEqual(kinds(), []);
  });

  it('takes nothing for a fault come again that is seen only once: an agent tries what it is able to', () => {
    const { ledger, run, look, kinds } = ledgerWith(carried);
    for (const at of [1_000, 2_000]) ledger.look(look(at, rules));
    ledger.look(look(3_000));
    ledger.look(look(5_000, { ...rules, place: 'pod inet squall_2' }));
    ledger.look(look(6_000));
    ledger.end(run, passed, 8_000);
    assert.equal(ledger.afterEnd(run, ledger.remains('lane', look(9_000, rules)), look(10_000)), true);
    assert.deepEqual(kinds(), []);
  });

  it('fails when a fault that held was never seen: the checker would find nothing', () => {
    const { ledger, run, look, kinds } = ledgerWith(carried);
    ledger.look(look(1_000));
    ledger.end(run, passed, 14_000);
    assert.deepEqual(kinds(), ['unseen']);
  });

  it('blames nobody for what could not be seen: no whole look fell into the time in which the fault held', () => {
    const { ledger, run, look, kinds } = ledgerWith(carried);
    ledger.look(look(400));
    ledger.look({ at: 3_000, endedAt: 3_100, sightings: [], blind: ['the API server'], objects: undefined });
    ledger.look(look(11_950));
    ledger.end(run, passed, 14_000);
    assert.deepEqual(kinds(), []);
  });

  it('blames nobody for what ended with its agent before a look, and the run knew of only later', () => {
    for (const [lane, expected] of [
      ['lane', []],
      ['other', ['unseen']],
    ] as const) {
      const { ledger, run, look, kinds } = ledgerWith(carried);
      ledger.outages.push({ victim: 'agent', lane, from: 900, until: 950 });
      ledger.look(look(1_000));
      ledger.end(run, passed, 14_000);
      assert.deepEqual(kinds(), expected);
    }
  });

  it('names the kill that a failure can be had again by', () => {
    const { ledger, run, look } = ledgerWith(carried);
    const instant = new Date(4_000).toISOString();
    const kill = { number: 7, kind: 'kill' as const, victims: ['agent' as const], what: '', names: [], lane: 'lane', instant };
    ledger.kills.push({ ...kill, fault: 'pod-network-latency', ageMs: 3_977 });
    ledger.look(look(5_000, rules));
    ledger.end(run, passed, 6_000);
    ledger.afterEnd(run, ledger.remains('lane', look(6_500, rules)), look(7_000, rules));
    assert.equal(ledger.failures[0]?.replay, 'npm run soak -- --seed "s" --only 7 --fault pod-network-latency --age 3977');
    assert.deepEqual(
      ledger.failures[0]?.kills.map(({ number }) => number),
      [7],
    );
  });

  it('says whether a look saw what the soak itself had killed as started anew', () => {
    const { ledger } = ledgerWith(carried);
    const outage: Outage = { victim: 'container', lane: 'lane', from: 1_000, until: null };
    ledger.outages.push(outage, { ...outage, lane: 'other' }, { ...outage, victim: 'agent' });
    assert.ok(ledger.hasSeenRestarts('lane', 900), 'it was killed later');
    assert.ok(!ledger.hasSeenRestarts('lane', 2_000));
    outage.until = 3_000;
    assert.ok(!ledger.hasSeenRestarts('lane', 2_000), 'the look began before it was back');
    assert.ok(ledger.hasSeenRestarts('lane', 3_000));
  });
});
