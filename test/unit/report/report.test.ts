import assert from 'node:assert/strict';
import type { Warning } from '../../../src/contracts/campaign.ts';
import { renderMarkdown } from '../../../src/report/markdown.ts';
import { makeReport } from '../../../src/report/report.ts';
import {
  campaign,
  evidence,
  informational,
  input,
  observation,
  plan,
  planned,
  probe,
  samples,
  series,
  spec,
  t0,
  validation,
} from './example.ts';

const failing = evidence({
  observations: [
    observation({ series: [series({ samples: samples([2000, false]) })] }),
    observation({ series: [], recoveredAt: t0 + 31_000 }),
  ],
});
const second = planned({ spec: spec({ name: 'second' }) });

describe('makeReport', () => {
  it('passes a run whose experiments passed and whose workload validated', () => {
    const report = makeReport(input());
    assert.equal(report.verdict, 'Passed');
    assert.equal(report.reason, '1 experiment passed and the workload validated; 1 judged probe held');
    assert.equal(report.score, 100);
    assert.equal(report.workload, 'StatefulSet/redis-leader');
    assert.deepEqual(report.findings, []);
    assert.deepEqual(report.history, { events: 120, bytes: 42_300 });
  });

  it('fails when validation failed or was not done, though every probe passed', () => {
    const checks = [{ name: 'one primary', ok: false, detail: 'found 2' }];
    const invalid = makeReport(input({ validation: validation({ ok: false, checks }) }));
    assert.deepEqual([invalid.verdict, invalid.reason], ['Failed', 'validation after the chaos failed: one primary: found 2']);
    assert.equal(makeReport(input({ validation: null })).verdict, 'Failed');
  });

  it('puts Error before Aborted before Failed', () => {
    const erroneous = evidence({ problem: { kind: 'error', message: 'exec failed' } });
    assert.equal(makeReport(input({ evidence: [erroneous], cancelled: true })).verdict, 'Error');
    assert.equal(makeReport(input({ evidence: [failing], cancelled: true })).verdict, 'Aborted');
    assert.equal(makeReport(input({ evidence: [failing] })).verdict, 'Failed');
  });

  it('is Aborted when cancelled between experiments that passed, and says how far it had come', () => {
    const report = makeReport(input({ plan: plan({ experiments: [planned(), second] }), cancelled: true }));
    assert.deepEqual([report.verdict, report.reason], ['Aborted', 'the run was cancelled: 1 of 2 experiments had been done']);
    assert.equal(report.experiments[1]?.verdict, 'Skipped');
    assert.equal(report.experiments[1]?.reason, 'the run was cancelled before it started');
  });

  it('names the experiment that stopped the campaign before those after it', () => {
    const report = makeReport(input({ plan: plan({ experiments: [planned(), second] }), evidence: [failing] }));
    assert.equal(report.experiments[1]?.reason, 'not started: latency ended with verdict Failed and stopped the campaign');
    assert.equal(report.verdict, 'Failed');
  });

  it('is an Error with every reason when the plan refused', () => {
    const refusals = [
      { code: 'not-replicated', subject: 'StatefulSet/redis-leader', message: '3 of 3 pods are primaries' },
      { code: 'rbac', subject: 'pods/exec', message: 'may not create pods/exec' },
    ];
    const report = makeReport(input({ plan: plan({ refusals }), evidence: [], validation: null, error: 'refused' }));
    assert.deepEqual([report.verdict, report.reason], ['Error', 'refused: 3 of 3 pods are primaries; may not create pods/exec']);
    assert.deepEqual([report.score, report.refusals.length], [null, 2]);
  });

  it('is an Error without a plan, but Aborted when it was cancelled before it had one', () => {
    const unplanned = { plan: null, evidence: [], validation: null };
    assert.equal(makeReport(input(unplanned)).verdict, 'Error');
    assert.equal(makeReport(input({ ...unplanned, error: 'the API server did not answer' })).reason, 'the API server did not answer');
    const aborted = makeReport(input({ ...unplanned, cancelled: true }));
    assert.deepEqual([aborted.verdict, aborted.workload], ['Aborted', 'StatefulSet/app=redis']);
  });

  it('does not lose evidence of an experiment that is not in the plan', () => {
    const report = makeReport(input({ evidence: [evidence(), evidence({ name: 'stray' })] }));
    assert.deepEqual([report.verdict, report.reason], ['Error', 'experiment stray ran but is not in the plan']);
  });

  describe('gate', () => {
    const gated = campaign({ gate: 80 });

    it('passes at the threshold and above, and is absent when none was asked for', () => {
      assert.deepEqual(makeReport(input({ campaign: gated })).gate, { threshold: 80, passed: true });
      assert.equal(makeReport(input()).gate, null);
    });

    it('does not pass below the threshold, though every tolerance was met', () => {
      const tolerant = probe({ tolerance: { comparator: '<=', value: 1000, successPercent: 50 } });
      const half = evidence({
        observations: [
          observation({ series: [series({ samples: samples([1, true], [2000, false]) })] }),
          observation({ series: [], recoveredAt: t0 + 31_000 }),
        ],
      });
      const report = makeReport(
        input({ campaign: gated, plan: plan({ experiments: [planned({ hypothesis: [tolerant] })] }), evidence: [half] }),
      );
      assert.deepEqual([report.verdict, report.score, report.gate?.passed], ['Passed', 50, false]);
    });

    it('does not pass when no probe was judged, nor when the workload did not validate', () => {
      const unjudged = plan({ experiments: [planned({ hypothesis: [informational('write-latency')] })] });
      const report = makeReport(input({ campaign: gated, plan: unjudged }));
      assert.deepEqual([report.verdict, report.score, report.gate?.passed], ['Passed', null, false]);
      const broken = makeReport(input({ campaign: gated, validation: validation({ ok: false }) }));
      assert.deepEqual([broken.score, broken.gate?.passed], [100, false]);
    });
  });

  it('keeps the longest election of all experiments', () => {
    const election = probe({ name: 'election', type: 'redis-leader-election', when: 'recovery' });
    const measured = (seconds: number) => [
      observation({
        series: [series({ name: 'election', type: 'redis-leader-election', unit: 's', samples: samples([seconds, true]) })],
        recoveredAt: t0 + 31_000,
      }),
    ];
    const experiments = [planned({ hypothesis: [election] }), planned({ hypothesis: [election], spec: spec({ name: 'second' }) })];
    const both = [evidence({ observations: measured(9.25) }), evidence({ name: 'second', observations: measured(6) })];
    assert.equal(makeReport(input({ plan: plan({ experiments }), evidence: both })).leaderElectionSeconds, 9.25);
    assert.equal(makeReport(input()).leaderElectionSeconds, null);
  });

  it('merges the warnings of document, plan and preparation, each once', () => {
    const warning = (code: string): Warning => ({ code, path: 'spec', message: code });
    const prepared = evidence().prepared;
    assert.ok(prepared);
    const report = makeReport(
      input({
        campaign: campaign({ warnings: [warning('alias-used')] }),
        plan: plan({ warnings: [warning('alias-used'), warning('no-disruption-budget')] }),
        evidence: [evidence({ prepared: { ...prepared, warnings: [warning('carrier-reused')] } })],
      }),
    );
    assert.deepEqual(
      report.warnings.map(({ code }) => code),
      ['alias-used', 'no-disruption-budget', 'carrier-reused'],
    );
  });

  it('says which dashboards were found to show something before the chaos', () => {
    assert.equal(makeReport(input()).dashboards, undefined);
    const dashboards = [{ name: 'redis', queries: 15, withData: 14, empty: ['findings'], unasked: [] }];
    const report = makeReport(input({ plan: plan({ dashboards }) }));
    assert.deepEqual(report.dashboards, dashboards);
    assert.match(renderMarkdown(report), /redis: 14 of 15 queries had data before the chaos/);
  });

  it('is the same for the same input, and survives JSON', () => {
    const report = makeReport(input());
    assert.deepEqual(makeReport(input()), report);
    assert.deepEqual(JSON.parse(JSON.stringify(report)), report);
  });
});
