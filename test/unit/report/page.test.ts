import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import type { Report } from '../../../src/contracts/report.ts';
import { renderHtml } from '../../../src/report/html/render-html.ts';
import { accessibilityViolations, openBrowser, overflowOf } from '../../support/browser.ts';

/** What a run left on the lab: a primary deleted, a slow network, a primary isolated, which lost writes. */
const recorded: Report = JSON.parse(readFileSync(new URL('../../fixtures/redis-report.json', import.meta.url), 'utf8'));

const wide = 1_280;
const narrow = 360;
const media = { light: { colorScheme: 'light' }, dark: { colorScheme: 'dark' }, paper: { media: 'print', colorScheme: 'dark' } } as const;

describe("the report's page of a real run", function () {
  this.timeout(180_000);
  let browser: Browser;
  let html: string;

  before(async () => {
    html = await renderHtml(recorded, [{ label: "In Temporal's Web UI", href: 'http://ui.example/run' }]);
    browser = await openBrowser();
  });
  after(() => browser?.close());

  /** Without a network. */
  async function open(width: number, kind: keyof typeof media = 'light'): Promise<Page> {
    const context = await browser.newContext({ viewport: { width, height: 900 }, offline: true });
    const page = await context.newPage();
    page.setDefaultTimeout(60_000);
    page.on('request', (request) => assert.fail(`the page asks for ${request.url()}`));
    await page.emulateMedia(media[kind]);
    await page.setContent(html);
    return page;
  }

  for (const kind of ['light', 'dark', 'paper'] as const) {
    for (const width of [wide, narrow]) {
      it(`is accessible and no wider than its window: ${kind}, ${width} px`, async () => {
        const page = await open(width, kind);
        assert.equal(await overflowOf(page), 0);
        await page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true");
        assert.equal(await overflowOf(page), 0);
        assert.deepEqual(await accessibilityViolations(page), []);
        await page.context().close();
      });
    }
  }

  it('draws in colours that are seen on their ground, which axe does not look at in a drawing', async () => {
    const used = new Set([...html.matchAll(/(?:fill|stroke)="var\((--[a-z-]+)\)"/g)].map(([, name]) => name));
    for (const kind of ['light', 'dark'] as const) {
      const page = await open(wide, kind);
      const colourOf = async (name: string): Promise<string> =>
        page.evaluate(
          `(() => { document.body.style.outlineColor = 'var(${name})'; return getComputedStyle(document.body).outlineColor; })()`,
        );
      const grounds = [await colourOf('--ground'), await colourOf('--fault-shade')];
      for (const name of ['--text', '--quiet', '--good', '--bad', '--warn', '--link', '--fault']) {
        assert.ok(used.has(name) || name === '--quiet', `${name} is used`);
        for (const ground of grounds) assert.ok(contrast(await colourOf(name), ground) >= 3, `${kind}: ${name} on ${ground}`);
      }
      assert.ok(contrast(await colourOf('--on-fault'), await colourOf('--fault')) >= 4.5, `${kind}: text on a fault`);
      await page.context().close();
    }
  });

  it('tells by keyboard, and in words, what the drawing shows', async () => {
    const page = await open(wide);
    const drawing = page.getByRole('img', { name: 'Timeline of the run' });
    await drawing.waitFor();
    const words = page.getByText('What happened, in the order of time');
    await words.first().focus();
    await page.keyboard.press('Enter');
    const table = page.getByRole('region', { name: 'What happened, in the order of time' });
    await table.waitFor();
    const told = (await table.textContent()) ?? '';
    for (const { name, fault } of recorded.experiments) assert.match(told, new RegExp(`${name}: ${fault} injected`));
    assert.match(told, /acknowledged writes to redis-leader-\d were lost/);
    assert.match(told, /leader: nobody/);
    assert.match(told, /redis-write-latency: \d+ samples? not as expected/);
    await page.context().close();
  });

  it('declares every colour it uses, and stays below 1 MiB', () => {
    const declared = new Set([...html.matchAll(/(--[a-z-]+):/g)].map(([, name]) => name));
    for (const [, name] of html.matchAll(/var\((--[a-z-]+)\)/g)) assert.ok(declared.has(name), `${name} is declared`);
    assert.ok(html.length < 1024 * 1024, `${html.length} B`);
  });

  it('says how the score was made, who undid each fault and how late, and what was asked for', () => {
    const { scoreTerms, score, experiments, document } = recorded;
    const points = scoreTerms.reduce((sum, { weight, successPercent }) => sum + weight * successPercent, 0);
    assert.ok(html.includes(`Score ${score} = ${Math.round(points * 100) / 100} /`));
    for (const { revertedAt, revertedBy } of experiments) assert.ok(html.includes(`${revertedAt}, by the ${revertedBy}`));
    assert.ok(document !== undefined && html.includes('latencyMs: 300'));
  });
});

/** By WCAG 2. Colours as `rgb(1, 2, 3)`. */
function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].toSorted((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour: string): number {
  const [red = Number.NaN, green = Number.NaN, blue = Number.NaN] = (colour.match(/[\d.]+/g) ?? []).map((part) => {
    const share = Number(part) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
