import assert from 'node:assert/strict';
import type { ReadBack } from '../../../../src/contracts/evidence.ts';
import { faultNotHeld } from '../../../../src/report/analysis/fault-not-held.ts';
import { makeExperimentReport } from '../../../../src/report/experiment-report.ts';
import { evidence, observation, plan, planned, t0 } from '../example.ts';

const missed: ReadBack = { ok: false, at: t0 + 5000, perTarget: [{ target: 'redis-leader-0', ok: false, detail: 'no rule' }] };

function conclude(count: number, ...misses: ReadBack[]) {
  const proof = evidence({ observations: [observation({ readBacks: { count, missed: misses } })] });
  return faultNotHeld.conclude({ plan: plan(), evidence: proof, experiment: makeExperimentReport(proof, planned()) });
}

describe('rule fault-not-held', () => {
  it('says when, where and how often the fault was not in effect', () => {
    const [finding] = conclude(5, missed, missed).findings;
    assert.equal(finding?.title, 'latency: the fault was not in effect in 2 of 5 read-backs');
    assert.equal(finding?.severity, 'warning');
    assert.equal(finding?.evidence[0], '2026-01-02T12:00:05.000Z redis-leader-0: no rule');
  });

  it('is critical when the fault was away for most of its time', () => {
    assert.equal(conclude(3, missed, missed).findings[0]?.severity, 'critical');
  });

  it('rules itself out only when it was read back', () => {
    assert.deepEqual(conclude(4), { findings: [], ruledOut: 'the fault was in effect in each of 4 read-backs' });
    assert.deepEqual(conclude(0), { findings: [], ruledOut: null });
  });
});
