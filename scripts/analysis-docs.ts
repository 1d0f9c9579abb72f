// docs/analysis.md, from the rules themselves.
//
// usage: node scripts/analysis-docs.ts [--check]
//   --check   write nothing; exit 1 when the page is not as it would be written
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderAnalysisPage } from './analysis-docs/render.ts';

const file = join(import.meta.dirname, '..', 'docs/analysis.md');
const text = renderAnalysisPage();
const isCurrent = existsSync(file) && readFileSync(file, 'utf8') === text;
if (isCurrent) process.stdout.write('docs/analysis.md is current\n');
else if (process.argv.includes('--check')) {
  process.stdout.write('docs/analysis.md is not as the rules have it: npm run docs\n');
  process.exitCode = 1;
} else {
  writeFileSync(file, text);
  process.stdout.write('docs/analysis.md written\n');
}
