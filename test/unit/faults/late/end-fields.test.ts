import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { FaultInstance } from '../../../../src/contracts/plan.ts';
import { endFields } from '../../../../src/faults/carrier/end-fields.ts';

describe('the end of a fault, as its agent is told', () => {
  const faultUntil = (deadline: number) => ({ id: 'sq1-0', deadline }) as FaultInstance;
  const hour = 3_600_000;

  for (const ahead of [-hour, 0, hour]) {
    it(`is by a clock that is ${ahead / hour} h ahead, and no later however long the answer takes`, async () => {
      const deadline = Date.now() + 10_000;
      const { ttlMs, endsBy } = await endFields(faultUntil(deadline), async () => {
        const answer = { ok: true, now: Date.now() + ahead };
        await delay(50);
        return answer;
      });
      const late = endsBy - ahead - deadline;
      assert.ok(late <= 0 && late > -1_000, `by the agent's clock it is ${late} ms off`);
      assert.ok(ttlMs <= deadline - Date.now() + 10, `${ttlMs} ms is longer than what is left`);
    });
  }

  it('is not asked for past the deadline, nor of an agent that does not tell its clock', async () => {
    await assert.rejects(
      endFields(faultUntil(Date.now() + 20), async () => {
        await delay(50);
        return { ok: true, now: 5 };
      }),
      /past its deadline/,
    );
    await assert.rejects(
      endFields(faultUntil(Date.now() + hour), async () => ({ ok: true })),
      /now/,
    );
  });
});
