// docs/metrics.md, from the registries of worker and API themselves.
//
// usage: node scripts/metrics-docs.ts [--check]
//   --check   write nothing; exit 1 when the page is not as it would be written
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderMetricsPage } from './metrics-docs/render.ts';

const file = join(import.meta.dirname, '..', 'docs/metrics.md');
const text = renderMetricsPage();
const isCurrent = existsSync(file) && readFileSync(file, 'utf8') === text;
if (isCurrent) process.stdout.write('docs/metrics.md is current\n');
else if (process.argv.includes('--check')) {
  process.stdout.write('docs/metrics.md is not as the registries have it: npm run docs\n');
  process.exitCode = 1;
} else {
  writeFileSync(file, text);
  process.stdout.write('docs/metrics.md written\n');
}
