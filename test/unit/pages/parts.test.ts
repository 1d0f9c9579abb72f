import assert from 'node:assert/strict';
import type { RunResource } from '../../../src/api/run-resource.ts';
import { comparisonPart } from '../../../src/pages/comparison-part.ts';
import { endedPart, livePart } from '../../../src/pages/run-part.ts';
import { runsPart } from '../../../src/pages/runs-part.ts';
import { scoreChart } from '../../../src/pages/score-chart.ts';
import { pageHeaders, shell } from '../../../src/pages/shell.ts';
import { compareReports } from '../../../src/report/compare/compare-reports.ts';
import { makeReport } from '../../../src/report/report.ts';
import { campaign, input, spec } from '../report/example.ts';

const hostile = `"'><script>alert(1)</script>`;
const run: RunResource = {
  id: `run-${hostile}`,
  campaign: hostile,
  cluster: hostile,
  namespace: hostile,
  phase: 'Running',
  state: 'completed',
  verdict: 'Passed',
  score: 50,
  startedAt: '2026-01-02T12:00:00.000Z',
  endedAt: '2026-01-02T12:01:00.000Z',
  startedBy: hostile,
  retryOf: hostile,
  links: { self: '', report: '', events: '', audit: '', ui: `https://temporal.example/${hostile}` },
};

/** Whatever is in a text, it stays a text. */
function assertHarmless(markup: string): void {
  assert.ok(!markup.includes('<script'), markup);
  assert.ok(!/="[^"]*'>/.test(markup.replaceAll('&#39;', '')), markup);
}

describe('pages', () => {
  const allowed = { stop: true, resume: true, approve: true };

  it('escape whatever is in them', async () => {
    const report = { ...makeReport(input()), campaign: hostile, reason: hostile };
    const page = { runs: [run, run], nextCursor: hostile };
    const runs = [1, 2].map((day) => ({ campaign: hostile, score: 50, endedAt: `2026-01-0${day}T00:00:00Z` }));
    const document = campaign({ name: hostile });
    for (const markup of [
      livePart({ run, experiments: [spec({ name: hostile, fault: hostile })], allowed, asksForName: true }),
      await endedPart(run, report, run, {}),
      await endedPart(run, null, null, {}),
      runsPart({ page, query: { limit: 50, campaign: hostile }, choices: { phase: [hostile], verdict: [hostile] }, chart: '', now: 0 }),
      comparisonPart(compareReports({ report, campaign: campaign() }, { report, campaign: document })),
      await scoreChart(runs),
    ]) {
      assertHarmless(markup);
      assert.match(markup, /&lt;script/);
    }
  });

  it('have a button for what the caller may, and no form where it may nothing', () => {
    const buttons = (may: Partial<typeof allowed>) => {
      const markup = livePart({
        run,
        experiments: [],
        allowed: { stop: false, resume: false, approve: false, ...may },
        asksForName: false,
      });
      return [...markup.matchAll(/data-action="([a-z]+)"/g)].map(([, action]) => action);
    };
    assert.deepEqual(buttons({}), []);
    assert.deepEqual(buttons({ stop: true }), ['pause', 'abort']);
    assert.deepEqual(buttons({ approve: true }), ['approve', 'reject']);
    assert.deepEqual(buttons(allowed), ['pause', 'resume', 'approve', 'reject', 'abort']);
    assert.ok(
      !livePart({ run, experiments: [], allowed: { stop: false, resume: false, approve: false }, asksForName: true }).includes('<form'),
    );
  });

  it('run no script but their own', () => {
    assert.deepEqual(
      [...shell.matchAll(/<script[^>]*>[^<]*/g)].map(([tag]) => tag),
      ['<script type="module" src="/assets/pages.browser.main.js">'],
    );
    const policy = pageHeaders['Content-Security-Policy'];
    assert.match(policy, /script-src 'self'(?:;|$)/);
    assert.doesNotMatch(policy, /unsafe-eval|script-src[^;]*unsafe-inline|\*/);
  });
});

describe('scoreChart', () => {
  const scores = (name: string, ...all: number[]) =>
    all.map((score, index) => ({ campaign: name, score, endedAt: new Date(Date.UTC(2026, 0, index + 1)).toISOString() }));

  it('draws a line for each campaign of two runs at least, and says what is drawn', async () => {
    const figure = await scoreChart([...scores('cart', 60, 80, 100), ...scores('once', 10), ...scores('shop', 50, 40)]);
    assert.match(figure, /<svg[\s\S]*<\/svg>/);
    assert.match(figure, /cart: 3 runs, 60 to 100, last 100; shop: 2 runs, 40 to 50, last 40\./);
    assert.doesNotMatch(figure, /once/);
  });

  it('draws nothing of nothing, and says what it leaves out', async () => {
    assert.equal(await scoreChart(scores('once', 10)), '');
    const many = Array.from({ length: 10 }, (_, index) => scores(`campaign-${index}`, 1, 2)).flat();
    assert.match(await scoreChart(many), /2 more campaigns are not drawn/);
  });
});
