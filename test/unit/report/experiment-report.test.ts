import assert from 'node:assert/strict';
import type { ExperimentEvidence, ReadBack } from '../../../src/contracts/evidence.ts';
import { makeExperimentReport, makeSkippedReport } from '../../../src/report/experiment-report.ts';
import { evidence, observation, planned, probe, samples, series, spec, t0 } from './example.ts';

const stillThere: ReadBack = { ok: false, at: t0, perTarget: [{ target: 'redis-leader-0', ok: false, detail: 'the rule is still there' }] };

function report(changes: Partial<ExperimentEvidence> = {}, experiment = planned()) {
  return makeExperimentReport(evidence(changes), experiment);
}

describe('makeExperimentReport', () => {
  it('passes an experiment that was done, undone, and held its hypothesis', () => {
    const made = report();
    assert.equal(made.verdict, 'Passed');
    assert.equal(made.reason, 'the judged probe passed and steady state was back after 2 s');
    assert.equal(made.injectedAt, '2026-01-02T12:00:00.000Z');
    assert.equal(made.verifiedAt, '2026-01-02T12:00:00.200Z');
    assert.equal(made.revertLateMs, 120);
    assert.equal(made.recoverySeconds, 2);
    assert.equal(made.mechanism, 'nfqueue');
    assert.deepEqual(made.parameters, { latencyMs: 500, jitterMs: 0 });
  });

  it('counts the recovery of a fault without duration from its injection, and calls it neither late nor early', () => {
    const made = report({ endsAt: 0, observations: [observation({ recoveredAt: t0 + 9500 })] });
    assert.equal(made.recoverySeconds, 9.5);
    assert.equal(made.revertLateMs, null);
  });

  it('says how much earlier than planned an abort ended the fault', () => {
    const reverted = { revertedAt: t0 + 10_000, revertedBy: 'workflow' as const, perTarget: [] };
    const made = report({ reverted, problem: { kind: 'cancelled', message: 'cancelled while it ran' } });
    assert.equal(made.verdict, 'Aborted');
    assert.equal(made.revertLateMs, -20_000);
  });

  it('is an Error when the chaos could not be done', () => {
    assert.equal(report({ problem: { kind: 'error', message: 'exec failed' } }).verdict, 'Error');
    const refused = report({
      problem: { kind: 'refused', message: 'no NFQUEUE' },
      injected: null,
      verified: null,
      reverted: null,
      confirmed: null,
    });
    assert.deepEqual([refused.verdict, refused.reason], ['Error', 'refused: no NFQUEUE']);
  });

  it('is an Error when the fault was never seen in effect, however well the probes did', () => {
    assert.deepEqual([report({ verified: null }).verdict, report({ verified: null }).verifiedAt], ['Error', null]);
    const notThere = report({ verified: { ...stillThere, perTarget: [{ target: 'redis-leader-0', ok: false, detail: 'no rule' }] } });
    assert.equal(notThere.reason, 'the fault was never seen in effect: redis-leader-0: no rule');
    assert.equal(notThere.verifiedAt, null);
  });

  it('is an Error when the fault is not proven gone, even when a person cancelled', () => {
    const made = report({ confirmed: stillThere, problem: { kind: 'cancelled', message: 'cancelled while it ran' } });
    assert.equal(made.verdict, 'Error');
    assert.equal(made.reason, 'the fault was not confirmed gone: redis-leader-0: the rule is still there');
    assert.equal(made.confirmedAt, null);
    assert.equal(report({ confirmed: null }).verdict, 'Error');
  });

  it('needs no undoing when a cancellation came before the injection', () => {
    const problem = { kind: 'cancelled' as const, message: 'cancelled while it was prepared' };
    const made = report({ problem, injected: null, verified: null, reverted: null, confirmed: null, observations: [] });
    assert.equal(made.verdict, 'Aborted');
  });

  it('fails when steady state did not return, naming what was missing', () => {
    const made = report({ observations: [observation(), observation({ series: [], notRecovered: '1 of 3 pods is not ready' })] });
    assert.equal(made.verdict, 'Failed');
    assert.equal(made.reason, 'steady state did not return within 2 min: 1 of 3 pods is not ready');
    assert.equal(made.recoverySeconds, null);
  });

  it('fails when nobody looked whether steady state returned', () => {
    const made = report({ observations: [observation()] });
    assert.deepEqual([made.verdict, made.reason], ['Failed', 'steady state was not seen to return']);
  });

  it('fails when steady state returned after its limit', () => {
    const made = report({}, planned({ spec: spec({ recoveryTimeoutMs: 1000 }) }));
    assert.deepEqual([made.verdict, made.reason], ['Failed', 'steady state returned after 2 s, later than its limit of 1 s']);
  });

  it('names the probe that failed first and the one that failed worst', () => {
    const hypothesis = [probe({ name: 'worst' }), probe({ name: 'first' }), probe({ name: 'fine' })];
    const worst = series({ name: 'worst', samples: samples([1, true], [2000, false], [2000, false], [2000, false]) });
    const first = series({ name: 'first', samples: samples([2000, false], [1, true]) });
    const fine = series({ name: 'fine' });
    const recovered = observation({ series: [], recoveredAt: t0 + 31_000 });
    const made = report({ observations: [observation({ series: [worst, first, fine] }), recovered] }, planned({ hypothesis }));
    assert.equal(
      made.reason,
      '2 of 3 judged probes failed, first first: 50% of 2 samples satisfied <= 1000 ms, expected 95%: up to 2000 ms; worst worst: 25% of 4 samples satisfied <= 1000 ms, expected 95%: up to 2000 ms',
    );
  });

  it('has the probes of the hypothesis, measured or not, in its order', () => {
    const made = report({}, planned({ hypothesis: [probe({ name: 'unmeasured' }), probe()] }));
    assert.deepEqual(
      made.probes.map(({ name, verdict }) => [name, verdict]),
      [
        ['unmeasured', 'Failed'],
        ['write-latency', 'Passed'],
      ],
    );
  });
});

describe('makeSkippedReport', () => {
  it('claims nothing of an experiment that was never started', () => {
    const made = makeSkippedReport(planned(), 'the run was cancelled before it started');
    assert.equal(made.verdict, 'Skipped');
    assert.deepEqual([made.injectedAt, made.mechanism, made.probes], [null, null, []]);
  });
});
