import assert from 'node:assert/strict';
import type { ExperimentReport } from '../../../src/contracts/report.ts';
import { makeExperimentReport, makeSkippedReport } from '../../../src/report/experiment-report.ts';
import { makeScore } from '../../../src/report/score.ts';
import { evidence, informational, observation, planned, probe, samples, series, t0 } from './example.ts';

/** An experiment with one judged probe, which succeeded in `good` of `total` samples. */
function experiment(name: string, weight: number, good: number, total: number): ExperimentReport {
  const measured = samples(...Array.from({ length: total }, (_, index): [number, boolean] => [1, index < good]));
  const observations = [observation({ series: [series({ samples: measured })] }), observation({ series: [], recoveredAt: t0 + 31_000 })];
  return { ...makeExperimentReport(evidence({ observations }), planned({ hypothesis: [probe({ weight })] })), name };
}

describe('makeScore', () => {
  it("gives 71.43 for Litmus's worked example: weights 2, 4, 8 with 0%, 100%, 75%", () => {
    const { score, terms } = makeScore([experiment('a', 2, 0, 4), experiment('b', 4, 4, 4), experiment('c', 8, 3, 4)], 'Failed');
    assert.equal(score, 71.43);
    assert.deepEqual(terms, [
      { experiment: 'a', probe: 'write-latency', weight: 2, successPercent: 0 },
      { experiment: 'b', probe: 'write-latency', weight: 4, successPercent: 100 },
      { experiment: 'c', probe: 'write-latency', weight: 8, successPercent: 75 },
    ]);
  });

  it('is null, not 100, without judged probes', () => {
    const unjudged = makeExperimentReport(evidence(), planned({ hypothesis: [informational('write-latency')] }));
    assert.deepEqual(makeScore([unjudged], 'Passed'), { score: null, terms: [] });
  });

  it('is null when every weight is 0', () => {
    assert.equal(makeScore([experiment('a', 0, 4, 4)], 'Passed').score, null);
  });

  it('is null when the verdict is Error', () => {
    assert.deepEqual(makeScore([experiment('a', 2, 4, 4)], 'Error'), { score: null, terms: [] });
  });

  it('leaves out experiments that were skipped', () => {
    assert.equal(makeScore([experiment('a', 2, 4, 4), makeSkippedReport(planned(), 'stopped')], 'Failed').score, 100);
  });

  it('counts a judged probe that measured nothing as 0%, but not against an experiment that was cut short', () => {
    const hypothesis = [probe({ name: 'unmeasured', weight: 4 }), probe({ weight: 4 })];
    const whole = makeExperimentReport(evidence(), planned({ hypothesis }));
    assert.equal(makeScore([whole], 'Failed').score, 50);
    const cut = makeExperimentReport(evidence({ problem: { kind: 'cancelled', message: 'cancelled' } }), planned({ hypothesis }));
    assert.equal(makeScore([cut], 'Aborted').score, 100);
  });
});
