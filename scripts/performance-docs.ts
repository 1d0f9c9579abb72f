// docs/performance.md, from what the benches found.
//
// usage: node scripts/performance-docs.ts [--check]
//   --check   write nothing; exit 1 when the page is not as it would be written
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readResults } from './performance-docs/read-results.ts';
import { renderPerformancePage } from './performance-docs/render.ts';

const root = join(import.meta.dirname, '..');
const file = join(root, 'docs/performance.md');
const text = renderPerformancePage(readResults(join(root, 'bench/results')));
const isCurrent = existsSync(file) && readFileSync(file, 'utf8') === text;
if (isCurrent) process.stdout.write('docs/performance.md is current\n');
else if (process.argv.includes('--check')) {
  process.stdout.write('docs/performance.md is not as bench/results has it: npm run docs\n');
  process.exitCode = 1;
} else {
  writeFileSync(file, text);
  process.stdout.write('docs/performance.md written\n');
}
