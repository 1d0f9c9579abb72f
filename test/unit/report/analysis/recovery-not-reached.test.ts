import assert from 'node:assert/strict';
import { recoveryNotReached } from '../../../../src/report/analysis/recovery-not-reached.ts';
import { makeExperimentReport } from '../../../../src/report/experiment-report.ts';
import { evidence, observation, plan, planned } from '../example.ts';

describe('rule recovery-not-reached', () => {
  it('names what was still missing', () => {
    const proof = evidence({ observations: [observation({ notRecovered: 'redis-leader-1 has no link' })] });
    const { findings } = recoveryNotReached.conclude({ plan: plan(), evidence: proof, experiment: makeExperimentReport(proof, planned()) });
    assert.equal(findings[0]?.title, 'latency: steady state did not return within 2 min');
    assert.deepEqual(findings[0]?.evidence, ['still missing when waiting ended: redis-leader-1 has no link']);
  });

  it('rules itself out when steady state was back, and says after how long', () => {
    const proof = evidence();
    const conclusion = recoveryNotReached.conclude({ plan: plan(), evidence: proof, experiment: makeExperimentReport(proof, planned()) });
    assert.deepEqual(conclusion, { findings: [], ruledOut: 'steady state was back after 2 s' });
  });
});
