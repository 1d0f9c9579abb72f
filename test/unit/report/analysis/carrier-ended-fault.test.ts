import assert from 'node:assert/strict';
import type { Reverter } from '../../../../src/contracts/evidence.ts';
import { carrierEndedFault } from '../../../../src/report/analysis/carrier-ended-fault.ts';
import { makeExperimentReport } from '../../../../src/report/experiment-report.ts';
import { evidence, plan, planned, t0 } from '../example.ts';

function conclude(revertedBy: Reverter) {
  const at = t0 + 35_020;
  const perTarget = [{ target: 'redis-leader-0', by: revertedBy, at, detail: 'deadline passed' }];
  const proof = evidence({ reverted: { revertedAt: at, revertedBy, perTarget } });
  return carrierEndedFault.conclude({ plan: plan(), evidence: proof, experiment: makeExperimentReport(proof, planned()) });
}

describe('rule carrier-ended-fault', () => {
  it('says that the worker was away, and how late the carrier was', () => {
    const [finding] = conclude('carrier').findings;
    assert.equal(finding?.title, 'latency: the carrier ended the fault, not the workflow: no worker was there in time');
    assert.deepEqual(finding?.evidence, [
      'reverted by the carrier, 5 s after its planned end',
      'redis-leader-0: by the carrier at 2026-01-02T12:00:35.020Z: deadline passed',
    ]);
  });

  it('is critical when it took the janitor', () => {
    assert.equal(conclude('janitor').findings[0]?.severity, 'critical');
  });

  it('finds nothing when the workflow did it', () => {
    assert.deepEqual(conclude('workflow'), { findings: [], ruledOut: 'the workflow itself ended the fault' });
  });
});
