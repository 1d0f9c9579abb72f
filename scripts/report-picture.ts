import { readFileSync, statSync } from 'node:fs';
import type { Report } from '../src/contracts/report.ts';
import { renderHtml } from '../src/report/html/render-html.ts';
import { openBrowser } from '../test/support/browser.ts';

// The README's picture: the upper part of a real run's report, as a browser shows it, down to the end of the timeline.
// usage: node scripts/report-picture.ts out/demo/report.json docs/report.png

const largestBytes = 300_000;
const size = { width: 1_160, height: 900 };

const [file, picture] = process.argv.slice(2);
if (file === undefined || picture === undefined) {
  process.stderr.write('usage: node scripts/report-picture.ts REPORT.json PICTURE.png\n');
  process.exit(64);
}
const report: Report = JSON.parse(readFileSync(file, 'utf8'));
const html = await renderHtml(report);
const browser = await openBrowser();
try {
  const page = await browser.newPage({ viewport: size });
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setContent(html);
  const end = await page.locator('.timeline').boundingBox();
  if (end === null) throw new Error(`${file}: found a report without a timeline, expected one of a run that injected a fault`);
  const height = Math.ceil(end.y + end.height) + 12;
  await page.screenshot({ path: picture, fullPage: true, clip: { x: 0, y: 0, width: size.width, height } });
} finally {
  await browser.close();
}
const { size: bytes } = statSync(picture);
if (bytes > largestBytes) throw new Error(`${picture}: found ${bytes} B, expected ${largestBytes} B at most: it is loaded with the README`);
process.stdout.write(`${picture}: ${bytes} B\n`);
