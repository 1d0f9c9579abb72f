import assert from 'node:assert/strict';
import { endOf } from '../../../src/faults/carrier/carried-fault.ts';

describe('the end of a carried fault', () => {
  const deadline = Date.now() - 300_000;

  it("is what the agent's ledger says", () => {
    assert.equal(endOf({ state: 'ended', endedAt: deadline - 5_000 }, { deadline }), deadline - 5_000);
  });

  it('is its deadline at the latest where its agent has died, however late that is found out', () => {
    assert.equal(endOf({ state: 'unknown' }, { deadline }), deadline);
    const before = endOf({ state: 'unknown' }, { deadline: Date.now() + 60_000 });
    assert.ok(Math.abs(before - Date.now()) < 1_000);
  });

  it('is now where it is still there, or has no deadline', () => {
    for (const end of [endOf({ state: 'active' }, { deadline }), endOf({ state: 'unknown' }, { deadline: 0 })]) {
      assert.ok(Math.abs(end - Date.now()) < 1_000);
    }
  });
});
