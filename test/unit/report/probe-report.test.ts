import assert from 'node:assert/strict';
import type { Tolerance } from '../../../src/contracts/campaign.ts';
import { makeProbeReport, probeFailure } from '../../../src/report/probe-report.ts';
import { informational, observation, probe, samples, series, t0 } from './example.ts';

describe('makeProbeReport', () => {
  it('merges the series of several observations in the order of time', () => {
    const late = series({ samples: [{ at: t0 + 90_000, ok: true, value: 8 }], reach: 'port-forward' });
    const early = series({ samples: samples([2, true], [1500, false]) });
    const report = makeProbeReport(probe(), [observation({ series: [late] }), observation({ series: [early] })]);
    assert.deepEqual(
      report.samples.map((sample) => sample.value),
      [2, 1500, 8],
    );
    assert.equal(report.reach, 'port-forward, direct');
    assert.deepEqual([report.p50, report.p95, report.max], [8, 1500, 1500]);
    assert.equal(report.successPercent, 200 / 3);
    assert.equal(report.verdict, 'Failed');
  });

  it('takes only the series of its own name', () => {
    const other = series({ name: 'other', samples: samples([9999, false]) });
    assert.equal(makeProbeReport(probe(), [observation({ series: [other, series()] })]).successPercent, 100);
  });

  it('passes at exactly the share its tolerance asks for, and not below', () => {
    const half = [observation({ series: [series({ samples: samples([1, true], [2000, false]) })] })];
    const tolerance = (successPercent: number) => probe({ tolerance: { comparator: '<=', value: 1000, successPercent } });
    assert.equal(makeProbeReport(tolerance(50), half).verdict, 'Passed');
    assert.equal(makeProbeReport(tolerance(50.1), half).verdict, 'Failed');
  });

  it('fails a judged probe that measured nothing, even one that tolerates every failure', () => {
    const report = makeProbeReport(probe({ tolerance: { comparator: 'succeeds', successPercent: 0 } }), [observation({ series: [] })]);
    assert.equal(report.verdict, 'Failed');
    assert.equal(report.successPercent, null);
    assert.equal(probeFailure(report), 'nothing was measured');
  });

  it('counts a sample that could not be measured as not ok, and gives it no value', () => {
    const measured = series({ samples: [...samples([3, true]), { at: t0 + 5000, ok: false, error: 'connection refused' }] });
    const report = makeProbeReport(probe(), [observation({ series: [measured] })]);
    assert.equal(report.successPercent, 50);
    assert.equal(report.max, 3);
    assert.equal(probeFailure(report), '50% of 2 samples satisfied <= 1000 ms, expected 95% (last error: connection refused)');
  });

  it('says how far off a failed probe was, on the side that its tolerance forbids', () => {
    const failure = (tolerance: Tolerance, ...values: [number, boolean][]) =>
      probeFailure(makeProbeReport(probe({ tolerance }), [observation({ series: [series({ samples: samples(...values) })] })]));
    const of = (comparator: Tolerance['comparator'], value: number): Tolerance => ({ comparator, value, successPercent: 100 });
    assert.equal(failure(of('<=', 30), [38.2, false]), '0% of 1 sample satisfied <= 30 ms, expected 100%: 38.2 ms');
    assert.equal(
      failure(of('<=', 30), [12, true], [38.2, false], [31, false]),
      '33.33% of 3 samples satisfied <= 30 ms, expected 100%: up to 38.2 ms',
    );
    assert.equal(failure(of('>=', 2), [1, false], [0, false]), '0% of 2 samples satisfied >= 2 ms, expected 100%: down to 0 ms');
    assert.equal(failure(of('==', 2), [1, false], [3, false]), '0% of 2 samples satisfied == 2 ms, expected 100%: 3 ms at last');
  });

  it('neither judges nor fails a probe without a tolerance', () => {
    const measured = observation({ series: [series({ name: 'clients', samples: samples([1, false]) })] });
    const report = makeProbeReport(informational('clients'), [measured]);
    assert.equal(report.verdict, 'Informational');
    assert.equal(report.tolerance, null);
  });

  it('knows unit and way from the observations in which the probe could be opened', () => {
    const unopened = series({ unit: '', reach: '', samples: [{ at: t0, ok: false, error: 'connection refused' }] });
    const report = makeProbeReport(probe(), [observation({ series: [unopened] }), observation()]);
    assert.deepEqual([report.unit, report.reach], ['ms', 'direct']);
  });

  it('keeps what an earlier observation knew when a later one has nothing to say', () => {
    const first = series({ detail: { sentinelSwitchedSeconds: 6.1, agreedSeconds: null } });
    const second = series({ detail: { sentinelSwitchedSeconds: null, agreedSeconds: 7.4 } });
    const report = makeProbeReport(probe(), [observation({ series: [first] }), observation({ series: [second] })]);
    assert.deepEqual(report.detail, { sentinelSwitchedSeconds: 6.1, agreedSeconds: 7.4 });
  });
});
