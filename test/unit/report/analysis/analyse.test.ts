import assert from 'node:assert/strict';
import type { ExperimentEvidence } from '../../../../src/contracts/evidence.ts';
import { makeReport } from '../../../../src/report/report.ts';
import { evidence, input, observation, samples, series, t0 } from '../example.ts';

function findings(changes: Partial<ExperimentEvidence>) {
  return makeReport(input({ evidence: [evidence(changes)] })).findings;
}

const slow = observation({ series: [series({ samples: samples([2000, false]) })], readBacks: { count: 6, missed: [] } });
const back = observation({ series: [], recoveredAt: t0 + 31_000 });

describe('analyse', () => {
  it('says that a failure is unexplained, and what was ruled out by evidence', () => {
    const found = findings({ observations: [slow, back] });
    assert.equal(found.length, 1);
    assert.equal(found[0]?.rule, 'unexplained');
    assert.deepEqual(found[0]?.evidence, [
      'probe write-latency failed: 0% of 1 sample satisfied <= 1000 ms, expected 95%: 2000 ms',
      'ruled out: steady state was back after 880 ms',
      'ruled out: the fault was in effect in each of 6 read-backs',
      'ruled out: write-latency felt the 500 ms of latency',
      'ruled out: the workflow itself ended the fault',
    ]);
  });

  it('adds nothing to a failure that a rule explains, nor to an experiment that passed', () => {
    const unrecovered = observation({ series: [], notRecovered: 'a pod is not ready' });
    assert.deepEqual(
      findings({ observations: [slow, unrecovered] }).map(({ rule }) => rule),
      ['recovery-not-reached'],
    );
    assert.deepEqual(findings({}), []);
  });
});
