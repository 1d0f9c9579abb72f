import { readFileSync } from 'node:fs';
import type { Report } from '../src/contracts/report.ts';
import { renderText } from '../src/report/text.ts';

// The README's picture: a report as a terminal shows it, as SVG on stdout.
// usage: node scripts/report-picture.ts out/demo/report.json > docs/report.svg

const width = 100;
const lineHeight = 17;
const characterWidth = 7.8;
const margin = 16;

const [file] = process.argv.slice(2);
if (file === undefined) {
  process.stderr.write('usage: node scripts/report-picture.ts REPORT.json\n');
  process.exit(64);
}
const report: Report = JSON.parse(readFileSync(file, 'utf8'));
const lines = renderText(report, { width }).trimEnd().split('\n');
process.stdout.write(picture(lines));

function picture(text: string[]): string {
  const size = { width: width * characterWidth + 2 * margin, height: text.length * lineHeight + 2 * margin };
  const rows = text.map(
    (line, i) => `<text x="${margin}" y="${margin + (i + 0.75) * lineHeight}" fill="${colour(line)}">${escapeXml(line)}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}" font-family="ui-monospace, monospace" font-size="13" xml:space="preserve">
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
${rows.join('\n')}
</svg>
`;
}

function colour(line: string): string {
  if (/\bFailed\b|\bError\b/.test(line)) return '#ff7b72';
  if (/ Passed$/.test(line)) return '#7ee787';
  return '#e6edf3';
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
