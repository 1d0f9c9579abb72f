import assert from 'node:assert/strict';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { z } from 'zod';
import type { Report } from '../../../src/contracts/report.ts';
import { renderHtml } from '../../../src/report/html/render-html.ts';
import { renderJUnit } from '../../../src/report/junit.ts';
import { renderMarkdown } from '../../../src/report/markdown.ts';
import { makeReport } from '../../../src/report/report.ts';
import { campaign, evidence, input, observation, plan, planned, probe, samples, series, spec } from './example.ts';

const nasty = `<script>alert("1")</script> & 'x' | \`y\` \u0007 ](z)\nsecond # line`;

/** A run that failed, with an experiment that was skipped after it, whose texts are not to be trusted. */
function failedReport(): Report {
  const hypothesis = [probe(), probe({ name: 'writes-succeed', tolerance: { comparator: 'succeeds', successPercent: 99 }, weight: 8 })];
  const missed = { at: 0, ok: false, error: nasty };
  const writes = series({ name: 'writes-succeed', unit: '', samples: [...samples([1, true], [1, true], [1, true]), missed] });
  const experiments = [
    planned({ hypothesis }),
    planned({ spec: spec({ name: 'cpu', fault: 'pod-cpu-hog', parameters: { cpuCores: 2, note: nasty } }) }),
  ];
  const proof = evidence({ observations: [observation({ series: [series(), writes] })] });
  const warnings = [{ code: 'alias-used', path: 'spec.steps[2]', message: nasty }];
  const report = makeReport(input({ plan: plan({ experiments }), evidence: [proof], campaign: campaign({ gate: 80, warnings }) }));
  return { ...report, findings: [{ rule: 'a-rule', severity: 'critical', title: nasty, evidence: [nasty], fix: '```\nkubectl <x>\n```' }] };
}

const reports: [string, Report][] = [
  ['passed', makeReport(input())],
  ['failed', failedReport()],
  ['could not be planned', makeReport(input({ plan: null, evidence: [], validation: null, error: nasty }))],
];

// What Jenkins' and GitLab's readers of JUnit reports take.
const count = z.string().regex(/^[0-9]+$/);
const seconds = z.string().regex(/^[0-9]+(\.[0-9]+)?$/);
const outcome = z.strictObject({ '@message': z.string(), '@type': z.string().optional(), '#text': z.string().optional() });
const testCase = z.strictObject({
  '@classname': z.string().min(1),
  '@name': z.string().min(1),
  '@time': seconds,
  failure: outcome.optional(),
  error: outcome.optional(),
  skipped: outcome.optional(),
});
const junit = z.strictObject({
  testsuites: z.strictObject({
    '@name': z.string(),
    '@tests': count,
    '@failures': count,
    '@errors': count,
    '@time': seconds,
    testsuite: z.array(
      z.strictObject({
        '@name': z.string().min(1),
        '@tests': count,
        '@failures': count,
        '@errors': count,
        '@skipped': count,
        '@time': seconds,
        '@timestamp': z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/),
        '@hostname': z.string(),
        properties: z.strictObject({ property: z.array(z.strictObject({ '@name': z.string().min(1), '@value': z.string() })) }),
        testcase: z.array(testCase).min(1),
      }),
    ),
  }),
});

describe('the report as JUnit', () => {
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    parseAttributeValue: false,
    parseTagValue: false,
    ignoreDeclaration: true,
    isArray: (name) => ['testsuite', 'testcase', 'property'].includes(name),
  });
  const read = (report: Report) => {
    const xml = renderJUnit(report);
    assert.equal(XMLValidator.validate(xml), true);
    return junit.parse(parser.parse(xml)).testsuites;
  };

  for (const [name, report] of reports) {
    it(`is what CI systems read, its counts right: ${name}`, () => {
      const { testsuite: suites, ...root } = read(report);
      const all = suites.flatMap(({ testcase }) => testcase);
      const having = (kind: 'failure' | 'error', of: typeof all) => String(of.filter((each) => each[kind] !== undefined).length);
      assert.deepEqual(
        [root['@tests'], root['@failures'], root['@errors']],
        [String(all.length), having('failure', all), having('error', all)],
      );
      for (const suite of suites) {
        assert.deepEqual([suite['@tests'], suite['@failures']], [String(suite.testcase.length), having('failure', suite.testcase)]);
      }
      assert.equal(suites.length, report.experiments.length + 1);
    });
  }

  it('tells what failed, what was skipped, and why', () => {
    const { testsuite: suites } = read(failedReport());
    const cases = suites.flatMap(({ testcase }) => testcase);
    const writes = cases.find((each) => each['@name'] === 'probe writes-succeed');
    assert.match(writes?.failure?.['@message'] ?? '', /^expected succeeds in 99%: 75% of 4 samples did, one that did not: <script>/);
    assert.ok(
      cases.find((each) => each['@name'] === 'pod-cpu-hog')?.skipped ?? cases.find((each) => each['@name'] === 'pod-cpu-hog')?.error,
    );
    assert.ok(cases.find((each) => each['@name'] === 'gate')?.failure);
    assert.equal(read(makeReport(input()))['@failures'], '0');
  });
});

describe('the report as HTML', () => {
  // The first page loads what draws.
  const patience = 60_000;

  for (const [name, report] of reports) {
    it(`is one page that needs nothing else, and runs nothing: ${name}`, async () => {
      const html = await renderHtml(report);
      assert.match(html, /^<!doctype html>\n<html lang="en">/);
      assert.doesNotMatch(html, /<script|<link|<img|<iframe|url\(|@import| on[a-z]+=/i);
      assert.ok(!html.includes('\u0007'));
      assert.equal(html.match(/<h1>/g)?.length, 1);
      assert.match(html, /color-scheme: light dark/);
      assert.match(html, /@media print/);
      const sections = html.match(/<section[ >]/g)?.length ?? 0;
      assert.equal(html.match(/<h2>/g)?.length ?? 0, sections);
      // All but the doctype and what has no end is closed.
      assert.equal(XMLValidator.validate(html.replace('<!doctype html>', '').replaceAll(/<meta[^>]*>/g, '')), true);
      for (const experiment of report.experiments) assert.ok(html.includes(`. ${experiment.name} <span class="badge`), experiment.name);
    }).timeout(patience);
  }
});

describe('the report as Markdown', () => {
  for (const [name, report] of reports) {
    it(`lets no text become markup: ${name}`, () => {
      const markdown = renderMarkdown(report);
      assert.ok(markdown.startsWith(`# redis-resilience-test: ${report.verdict}\n`));
      const outsideCode = markdown.replaceAll(/^(`{3,})[\s\S]*?^\1$/gm, '');
      assert.doesNotMatch(outsideCode, /<script/);
      assert.doesNotMatch(outsideCode, /^second/m);
      for (const table of outsideCode.match(/(^\|.*\n)+/gm) ?? []) {
        const columns = table
          .trim()
          .split('\n')
          .map((line) => line.replaceAll(/\\[\\|]/g, '').split('|').length);
        assert.equal(new Set(columns).size, 1, table);
      }
    });
  }

  it("has the score's sum, and what the fault did to what was measured", () => {
    const markdown = renderMarkdown(makeReport(input()));
    assert.match(markdown, /^\| Sum \| {2}\| [\d.]+ \| {2}\| [\d.]+ \|$/m);
    assert.match(markdown, /^Score [\d.]+ = [\d.]+ \/ [\d.]+: /m);
    assert.match(markdown, /^\| write-latency \| not measured \| p50 2 ms, p95 4 ms; 100% of 2 samples as expected \| not measured \|$/m);
  });

  it('keeps a fix apart, whatever marks are in it', () => {
    assert.match(renderMarkdown(failedReport()), /^````\n```\nkubectl <x>\n```\n````$/m);
  });
});
