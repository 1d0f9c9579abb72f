import assert from 'node:assert/strict';
import { stripVTControlCharacters } from 'node:util';
import type { Report } from '../../../src/contracts/report.ts';
import { makeReport } from '../../../src/report/report.ts';
import { renderText } from '../../../src/report/text.ts';
import { campaign, evidence, input, observation, plan, planned, probe, samples, series, spec, t0 } from './example.ts';

/** A run that failed, with an experiment that was skipped after it. */
function failedReport(): Report {
  const hypothesis = [probe(), probe({ name: 'writes-succeed', tolerance: { comparator: 'succeeds', successPercent: 99 }, weight: 8 })];
  const writes = series({ name: 'writes-succeed', unit: '', samples: samples([1, true], [1, true], [1, true], [0, false]) });
  const proof = evidence({
    observations: [
      observation({ series: [series({ unit: 'ms' }), writes] }),
      observation({ series: [], notRecovered: '1 of 3 pods is not ready' }),
    ],
  });
  const experiments = [
    planned({ hypothesis }),
    planned({ spec: spec({ name: 'cpu', fault: 'pod-cpu-hog', parameters: { cpuCores: 2 } }) }),
  ];
  const warnings = [
    { code: 'alias-used', path: 'spec.experiments[2].name', line: 31, message: 'network-latency is an alias of pod-network-latency' },
  ];
  return makeReport(input({ plan: plan({ experiments }), evidence: [proof], campaign: campaign({ gate: 80, warnings }) }));
}

const expected = `\
redis-resilience-test  Failed
latency: probe writes-succeed failed: 75% of 4 samples succeeded, expected 99%; steady state did not
return within 2 min: 1 of 3 pods is not ready

score      83.33 = (4 × 100% + 8 × 75%) / (4 + 8)
gate       not passed: the verdict is Failed
run        run-1, seed seed-1
target     StatefulSet/redis-leader in default of cluster default
time       2026-01-02T11:59:50.000Z to 2026-01-02T12:00:50.000Z, 1 min
election   none
history    120 events, 41.3 KiB

1. latency  Failed
   probe writes-succeed failed: 75% of 4 samples succeeded, expected 99%; steady state did not
   return within 2 min: 1 of 3 pods is not ready
   fault      pod-network-latency latencyMs=500 jitterMs=0 for 30 s
   targets    redis-leader-0 (redis-primary on node-a)
   mechanism  nfqueue: the kernel has no sch_netem
   injected   2026-01-02T12:00:00.000Z
   verified   2026-01-02T12:00:00.200Z
   undone     2026-01-02T12:00:30.120Z by the workflow, 120 ms late
   confirmed  2026-01-02T12:00:30.300Z
   recovery   no

   probe           verdict  success  n  p50  p95  max  unit  tolerance
   write-latency   Passed      100%  2    2    4    4  ms    <= 1000 in 95%
   writes-succeed  Failed       75%  4    1    1    1        succeeds in 99%

2. cpu  Skipped
   not started: latency ended with verdict Failed and stopped the campaign
   fault      pod-cpu-hog cpuCores=2 for 30 s

Validation  Passed
  ok   one primary: redis-leader-0

Findings
  critical  latency: steady state did not return within 2 min [recovery-not-reached]
            - still missing when waiting ended: 1 of 3 pods is not ready

Warnings
  - spec.experiments[2].name (line 31): network-latency is an alias of pod-network-latency
    [alias-used]
`;

describe('renderText', () => {
  it('shows the whole of a failed run', () => {
    assert.equal(renderText(failedReport()), expected);
  });

  it('keeps to the width it is given', () => {
    for (const width of [72, 80, 100, 160]) {
      const longest = Math.max(
        ...renderText(failedReport(), { width })
          .split('\n')
          .map((line) => line.length),
      );
      assert.ok(longest <= width, `found a line of ${longest} columns, expected at most ${width}`);
    }
  });

  it('colours the same text when asked, and only then', () => {
    const plain = renderText(failedReport());
    const coloured = renderText(failedReport(), { color: true });
    assert.ok(!plain.includes('\u001b'));
    assert.ok(coloured.includes('\u001b[31mFailed\u001b[0m'));
    assert.equal(stripVTControlCharacters(coloured), plain);
  });

  it('does not show a share just below the whole as the whole', () => {
    const report = failedReport();
    const [first] = report.experiments[0]?.probes ?? [];
    assert.ok(first);
    first.successPercent = 99.998;
    assert.match(renderText(report), /write-latency +Passed +99\.99%/);
  });

  it('keeps a command of a fix in one piece, whatever the width', () => {
    const command = `kubectl -n default patch statefulset redis-leader --type=merge -p '${'x'.repeat(90)}'`;
    const report = {
      ...failedReport(),
      findings: [{ rule: 'r', severity: 'info' as const, title: 't', evidence: [], fix: `Why:\n${command}` }],
    };
    assert.ok(renderText(report, { width: 72 }).includes(`            fix: Why:\n                 ${command}\n`));
  });

  it('says that nothing was scored, who ended a fault early, and what was refused', () => {
    const refusals = [{ code: 'not-replicated', subject: 'StatefulSet/redis-leader', message: '3 of 3 pods are primaries' }];
    const refused = renderText(makeReport(input({ plan: plan({ refusals }), evidence: [], validation: null })));
    assert.match(refused, /^score +none: nothing was scored$/m);
    assert.match(refused, /^ {2}- not-replicated StatefulSet\/redis-leader: 3 of 3 pods are primaries$/m);
    const aborted = evidence({
      reverted: { revertedAt: t0 + 10_000, revertedBy: 'workflow', perTarget: [] },
      problem: { kind: 'cancelled', message: 'cancelled while it ran' },
    });
    const cancelled = renderText(makeReport(input({ evidence: [aborted], cancelled: true })));
    assert.match(cancelled, /undone +2026-01-02T12:00:10\.000Z by the workflow, 20000 ms early/);
  });
});
