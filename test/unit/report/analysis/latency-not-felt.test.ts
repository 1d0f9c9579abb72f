import assert from 'node:assert/strict';
import { latencyNotFelt } from '../../../../src/report/analysis/latency-not-felt.ts';
import { makeExperimentReport } from '../../../../src/report/experiment-report.ts';
import { evidence, observation, plan, planned, samples, series, spec, t0 } from '../example.ts';

function conclude(reach: string, value: number, unit = 'ms', fault = 'pod-network-latency') {
  const proof = evidence({ observations: [observation({ series: [series({ reach, unit, samples: samples([value, true]) })] })] });
  const experiment = planned({ spec: spec({ fault }) });
  return latencyNotFelt.conclude({ plan: plan(), evidence: proof, experiment: makeExperimentReport(proof, experiment) });
}

describe('rule latency-not-felt', () => {
  it('finds a probe that went past the latency by a port-forward', () => {
    const [finding] = conclude('port-forward', 3).findings;
    assert.deepEqual(finding?.evidence, [
      'write-latency reached the pod by port-forward and measured a p50 of 3 ms under 500 ms of latency',
    ]);
    assert.match(finding?.fix ?? '', /reaches the addresses of pods directly/);
  });

  it('compares seconds as seconds', () => {
    assert.equal(conclude('port-forward', 0.003, 's').findings.length, 1);
    assert.equal(conclude('port-forward', 0.6, 's').findings.length, 0);
  });

  it('finds nothing when the latency was felt, and says that it was', () => {
    assert.deepEqual(conclude('direct', 505), { findings: [], ruledOut: 'write-latency felt the 500 ms of latency' });
  });

  it('does not take what was measured after the fault for what was measured under it', () => {
    const after = [...samples([505, true]), ...[1, 2, 3].map((value) => ({ at: t0 + 60_000 + value, ok: true, value }))];
    const proof = evidence({ observations: [observation({ series: [series({ reach: 'port-forward', samples: after })] })] });
    assert.deepEqual(
      latencyNotFelt.conclude({ plan: plan(), evidence: proof, experiment: makeExperimentReport(proof, planned()) }).findings,
      [],
    );
  });

  it('claims nothing of a direct probe that did not feel it, of a probe without time, or of another fault', () => {
    assert.deepEqual(conclude('direct', 3), { findings: [], ruledOut: null });
    assert.deepEqual(conclude('port-forward', 3, 'pods'), { findings: [], ruledOut: null });
    assert.deepEqual(conclude('port-forward', 3, 'ms', 'pod-cpu-hog'), { findings: [], ruledOut: null });
  });
});
