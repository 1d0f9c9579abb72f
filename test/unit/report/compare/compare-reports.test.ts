import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import type { Comparison } from '../../../../src/contracts/comparison.ts';
import type { Sample } from '../../../../src/contracts/evidence.ts';
import type { Finding, Report } from '../../../../src/contracts/report.ts';
import { type ComparedSide, compareReports } from '../../../../src/report/compare/compare-reports.ts';
import { renderComparisonText } from '../../../../src/report/compare/comparison-text.ts';
import { makeReport } from '../../../../src/report/report.ts';
import { campaign, evidence, input, observation, plan, planned, probe, samples, series } from '../example.ts';

type Values = readonly number[];

/** A run whose probes have these values; each is good up to 1000 ms. */
function run(values: Record<string, Values>, changes: Partial<Report> = {}, document = campaign()): ComparedSide {
  const names = Object.keys(values);
  const report = makeReport(
    input({
      evidence: [
        evidence({
          observations: [observation({ series: names.map((name) => series({ name, samples: samplesOf(values[name] ?? []) })) })],
        }),
      ],
      plan: plan({ experiments: [planned({ hypothesis: names.map((name) => probe({ name })) })] }),
    }),
  );
  return { report: { ...report, ...changes }, campaign: document };
}

function samplesOf(values: Values): Sample[] {
  return samples(...values.map((value): [number, boolean] => [value, value <= 1000]));
}

const around = (middle: number, count = 30) => Array.from({ length: count }, (_, index) => middle + ((index * 7) % 11) - 5);
const probeOf = (comparison: Comparison, name = 'latency') => {
  const found = comparison.experiments[0]?.probes.find((one) => one.name === name);
  assert.ok(found);
  return found;
};

describe('compareReports', () => {
  it('tells a slower run from a faster one by its samples', () => {
    const slower = compareReports(run({ latency: around(100) }), run({ latency: around(150) }));
    const { outcome, values, success, reason } = probeOf(slower);
    assert.equal(outcome, 'worse');
    assert.deepEqual([values?.medianDifference, values?.greaterPercent, values?.outcome, success?.outcome], [50, 100, 'worse', 'same']);
    assert.match(reason, /median \+50 ms, greater in 100% of pairs, p < 0\.001/);
    assert.deepEqual([slower.outcome, slower.reason], ['worse', 'worse: probe latency of latency is worse']);
    assert.equal(compareReports(run({ latency: around(150) }), run({ latency: around(100) })).outcome, 'better');
  });

  it('tells less success from more, with the interval of the difference', () => {
    const failing = [...around(100, 20), ...Array.from({ length: 10 }, () => 2000)];
    const { success, outcome } = probeOf(compareReports(run({ latency: around(100) }), run({ latency: failing })));
    assert.deepEqual([outcome, success?.outcome], ['worse', 'worse']);
    assert.ok(success && success.lowPoints < -33.3 && success.highPoints > -33.4 && success.highPoints < 0, JSON.stringify(success));
  });

  it('says when there are too few samples to tell, and is not worse for it', () => {
    const comparison = compareReports(run({ latency: [10, 12, 11] }), run({ latency: [900, 910, 905] }));
    const { outcome, reason, success, values } = probeOf(comparison);
    assert.deepEqual([outcome, success, values, comparison.tests], ['unknown', null, null, 0]);
    assert.match(reason, /too few samples to tell: found 3, expected at least 5 of each run/);
    assert.deepEqual([comparison.outcome, comparison.reason], ['same', 'no difference is shown in 0 probes; of 1 probe it cannot be told']);
  });

  it('does not take what is sure, but small, for a difference that matters', () => {
    const { outcome, reason } = probeOf(compareReports(run({ latency: around(500, 200) }), run({ latency: around(512, 200) })));
    assert.equal(outcome, 'same');
    assert.match(reason, /no difference that matters: median \+12 ms/);
  });

  it('looks the harder at one probe, the more are looked at', () => {
    const [before, after] = [[1, 2, 3, 4, 5, 6, 7, 8].map((n) => n * 10), [4, 5, 6, 7, 8, 9, 10, 11].map((n) => n * 10 + 1)];
    const alone = compareReports(run({ latency: before }), run({ latency: after }));
    assert.equal(probeOf(alone).outcome, 'worse', JSON.stringify(probeOf(alone)));
    const others = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`other-${index}`, around(100)]));
    assert.equal(probeOf(compareReports(run({ latency: before, ...others }), run({ latency: after, ...others }))).outcome, 'same');
  });

  it('finds nothing in a run and itself', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 2000 }), { minLength: 8, maxLength: 60 }), (values) => {
        const side = run({ latency: values });
        const comparison = compareReports(side, side);
        assert.equal(comparison.outcome, 'same');
        assert.deepEqual(comparison.document, { changes: [], more: 0 });
      }),
    );
  });

  it('turns with its runs: what is better one way is worse the other', () => {
    const turned = { better: 'worse', worse: 'better', same: 'same', changed: 'changed', unknown: 'unknown' } as const;
    const values = fc.array(fc.integer({ min: 0, max: 2000 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(values, values, (first, second) => {
        const [one, other] = [run({ latency: first }), run({ latency: second })].map(({ report, campaign: of }) => ({
          report: { ...report, verdict: 'Passed' as const },
          campaign: of,
        }));
        assert.ok(one && other);
        const [there, back] = [probeOf(compareReports(one, other)), probeOf(compareReports(other, one))];
        for (const kind of ['success', 'values'] as const) {
          const [found, expected] = [back[kind]?.outcome, there[kind]?.outcome];
          assert.equal(found, expected && turned[expected]);
        }
      }),
    );
  });

  it('is worse for a verdict that is no longer Passed, whatever the samples', () => {
    const values = { latency: around(100) };
    const comparison = compareReports(run(values, { verdict: 'Passed' }), run(values, { verdict: 'Error', score: null }));
    assert.deepEqual([comparison.outcome, comparison.reason], ['worse', 'worse: the run Passed, then Error']);
  });

  it('keeps what only one run has, and compares nothing with it', () => {
    const comparison = compareReports(run({ latency: around(100), old: around(1) }), run({ latency: around(100), new: around(1) }));
    assert.deepEqual(
      comparison.experiments[0]?.probes.map(({ name, outcome, before, after }) => [name, outcome, before !== null, after !== null]),
      [
        ['latency', 'same', true, true],
        ['new', 'unknown', false, true],
        ['old', 'unknown', true, false],
      ],
    );
    assert.equal(probeOf(comparison, 'old').reason, 'only the first run has it');
  });

  it('tells which findings came and went, whatever figures are in them', () => {
    const finding = (rule: string, title: string): Finding => ({ rule, title, severity: 'warning', evidence: ['seen'], fix: null });
    const values = { latency: around(100) };
    const { findings } = compareReports(
      run(values, { findings: [finding('slow-election', 'the election took 12.5 s'), finding('gone', 'was there')] }),
      run(values, { findings: [finding('slow-election', 'the election took 13 s'), finding('new', 'is there')] }),
    );
    assert.deepEqual(
      [findings.came, findings.went, findings.stayed].map((all) => all.map(({ rule }) => rule)),
      [['new'], ['gone'], ['slow-election']],
    );
  });

  it('tells what the documents differ in, by path', () => {
    const values = { latency: around(100) };
    const changed = campaign({ gate: 90, policy: { optIn: 'squall', protectedPods: ['redis-0'] } });
    const { document } = compareReports(run(values), run(values, { seed: 'another' }, changed));
    assert.deepEqual(document.changes, [
      { path: 'policy.optIn', before: '"none"', after: '"squall"' },
      { path: 'policy.protectedPods[0]', before: null, after: '"redis-0"' },
      { path: 'seed', before: '"seed-1"', after: '"another"' },
      { path: 'gate', before: null, after: '90' },
    ]);
  });
});

// Of runs of examples/redis in the lab, the second while the machine had much else to do. What nothing here reads was taken out.
describe('compareReports, of real runs', () => {
  const text = readFileSync(new URL('real-reports.jsonl', import.meta.url), 'utf8');
  const [quiet, busy] = text
    .trimEnd()
    .split('\n')
    .map((line): ComparedSide => ({ report: JSON.parse(line) as Report, campaign: campaign() }));
  assert.ok(quiet && busy);

  it('finds the writes that got slower, and takes no noise for a difference', () => {
    const comparison = compareReports(quiet, busy);
    assert.equal(comparison.outcome, 'worse');
    assert.equal(comparison.reason, 'worse: slow-network Passed, then Failed; probe redis-write-latency of isolate-the-primary is worse');
    const outcomes = comparison.experiments.flatMap(({ name, probes }) => probes.map((one) => [name, one.name, one.outcome].join(' ')));
    assert.deepEqual(outcomes, [
      'lose-the-primary redis-leader-election unknown',
      'lose-the-primary redis-write-latency same',
      'lose-the-primary redis-replication unknown',
      'slow-network redis-write-latency same',
      'slow-network redis-replication unknown',
      'isolate-the-primary redis-write-latency worse',
      'isolate-the-primary redis-replication unknown',
    ]);
    assert.deepEqual(
      [comparison.before.leaderElectionSeconds, comparison.after.leaderElectionSeconds].map((seconds) => Math.round(seconds ?? 0)),
      [9, 10],
    );
  });

  it('finds the same the other way round', () => {
    const { experiments } = compareReports(busy, quiet);
    assert.equal(experiments.find(({ name }) => name === 'isolate-the-primary')?.probes[0]?.outcome, 'better');
  });

  it('tells it on a terminal, probe by probe', () => {
    const told = renderComparisonText(compareReports(quiet, busy), (_style, plain) => plain);
    assert.match(told, /^redis-resilience: worse\n/);
    assert.match(told, /worse +redis-write-latency: 98\.21% of 56, p50 1\.12 ms → 98\.27% of 58, p50 5\.52 ms/);
    assert.match(told, /median \+4\.39 ms, greater in 70\.44% of pairs, p = 0\.001/);
  });
});
