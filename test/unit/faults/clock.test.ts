import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { FaultInstance } from '../../../src/contracts/plan.ts';
import { timeToLive } from '../../../src/faults/carrier/carried-fault.ts';
import { now, withClock } from '../../../src/faults/clock.ts';

const fault = (deadline: number) => ({ id: 'f', deadline }) as FaultInstance;

describe('the clock of deadlines', () => {
  it('is as far ahead as what was asked for was asked later than it is here', async () => {
    const ahead = await withClock(Date.now() + 100_000, async () => {
      await delay(10);
      return now() - Date.now();
    });
    assert.ok(ahead > 99_000 && ahead <= 100_000, `${ahead} ms`);
    assert.ok(Math.abs(now() - Date.now()) < 1_000);
  });

  it('is this one where it is not behind', () => {
    assert.ok(withClock(Date.now() - 100_000, () => Math.abs(now() - Date.now())) < 1_000);
  });

  it('bounds how long a fault may hold, by a worker whose clock is behind, too', () => {
    const asked = Date.now() + 100_000;
    const ttl = withClock(asked, () => timeToLive(fault(asked + 15_000)));
    assert.ok(ttl > 14_000 && ttl <= 15_000, `${ttl} ms`);
    assert.throws(() => withClock(asked, () => timeToLive(fault(asked - 1_000))), /past its deadline/);
  });
});
