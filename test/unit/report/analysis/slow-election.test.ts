import assert from 'node:assert/strict';
import type { Parameters } from '../../../../src/contracts/campaign.ts';
import type { Finding } from '../../../../src/contracts/report.ts';
import { slowElection } from '../../../../src/report/analysis/slow-election.ts';
import { makeExperimentReport } from '../../../../src/report/experiment-report.ts';
import { evidence, observation, plan, planned, probe, samples, series, spec, t0 } from '../example.ts';

interface Election {
  took: number | null;
  switched: number | null;
  grace?: number;
  downAfterMs?: number;
  parameters?: Parameters;
}

function conclude({ took, switched, grace = 30, downAfterMs = 5000, parameters = { force: false } }: Election) {
  const limit = { comparator: '<=' as const, value: 30, successPercent: 100 };
  const experiment = planned({
    spec: spec({ name: 'delete', fault: 'pod-delete', parameters }),
    hypothesis: [probe({ name: 'election', type: 'redis-leader-election', when: 'recovery', tolerance: limit })],
    holds: false,
  });
  const measured = series({
    name: 'election',
    type: 'redis-leader-election',
    unit: 's',
    samples: took === null ? [{ at: t0, ok: false, error: 'no new primary' }] : samples([took, took <= 30]),
    detail: {
      sentinelSwitchedSeconds: switched,
      firstWriteSeconds: switched === null ? null : switched + 0.5,
      agreedSeconds: took,
    },
  });
  const proof = evidence({ name: 'delete', endsAt: 0, observations: [observation({ series: [measured], recoveredAt: t0 + 50_000 })] });
  const made = plan({ experiments: [experiment] });
  assert.ok(made.inventory.workload && made.inventory.application?.sentinel);
  made.inventory.workload.terminationGracePeriodSeconds = grace;
  made.inventory.application.sentinel.downAfterMs = downAfterMs;
  return slowElection.conclude({ plan: made, evidence: proof, experiment: makeExperimentReport(proof, experiment) });
}

function only(findings: Finding[]): Finding {
  assert.equal(findings.length, 1);
  const [finding] = findings;
  assert.ok(finding);
  return finding;
}

describe('rule slow-election', () => {
  it('blames the grace period when Sentinel switched only after it was over, and says what 15 s would give', () => {
    const finding = only(conclude({ took: 36.5, switched: 35.5 }).findings);
    assert.equal(finding.title, "delete: the election took 36.5 s, over its limit of 30 s; 35.5 s of it until Sentinel's switch");
    assert.match(finding.evidence.join('\n'), /terminationGracePeriodSeconds is 30, and Sentinel switched 5\.5 s after it was over/);
    assert.match(finding.fix ?? '', /expected after 21\.5 s, within the limit/);
    assert.match(finding.fix ?? '', /kubectl -n default patch statefulset redis-leader .*"terminationGracePeriodSeconds":15\}/);
  });

  it('does not blame the grace period of a forced delete, of one with its own, or one that was not used up', () => {
    assert.equal(only(conclude({ took: 36, switched: 35, parameters: { force: true } }).findings).fix, null);
    assert.equal(only(conclude({ took: 36, switched: 35, parameters: { gracePeriodSeconds: 0 } }).findings).fix, null);
    assert.equal(only(conclude({ took: 36, switched: 35, grace: 60 }).findings).fix, null);
  });

  it('does not advise 15 s where the grace period is no longer than that', () => {
    assert.equal(only(conclude({ took: 36, switched: 35, grace: 15 }).findings).fix, null);
  });

  it('says so when 15 s would not be enough', () => {
    assert.match(only(conclude({ took: 66, switched: 65 }).findings).fix ?? '', /after 51 s, still over the limit/);
  });

  it("blames Sentinel's down-after when it is the greater part of the wait", () => {
    const finding = only(conclude({ took: 33, switched: 31, downAfterMs: 30_000, parameters: { force: true } }).findings);
    assert.match(finding.evidence.join('\n'), /30 s of the 31 s until the switch are Sentinel's down-after-milliseconds/);
    assert.match(finding.fix ?? '', /SENTINEL SET redis-leader down-after-milliseconds 15000/);
  });

  it('reports an election that never completed, without inventing a cause', () => {
    const finding = only(conclude({ took: null, switched: null }).findings);
    assert.equal(finding.title, 'delete: the election did not complete, over its limit of 30 s; it never came to a switch');
    assert.equal(finding.fix, null);
  });

  it('rules the election out when it was within its limit', () => {
    const { findings, ruledOut } = conclude({ took: 8, switched: 7 });
    assert.deepEqual(findings, []);
    assert.equal(ruledOut, 'the election took 8 s, within its limit of 30 s');
  });
});
