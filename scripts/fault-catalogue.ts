// src/faults/generated/, from the folders of src/faults/: which faults there are.
//
// usage: node scripts/fault-catalogue.ts [--check]
//   --check   write nothing; exit 1 when a list is not as it would be written
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderCatalogue } from './fault-catalogue/render.ts';

const faults = join(import.meta.dirname, '../src/faults');
const folder = join(faults, 'generated');

let stale = 0;
for (const [name, text] of renderCatalogue(faults)) {
  const file = join(folder, name);
  if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
  stale += 1;
  if (process.argv.includes('--check')) process.stdout.write(`src/faults/generated/${name} is not as the folders have it: npm run docs\n`);
  else {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, text);
    process.stdout.write(`src/faults/generated/${name} written\n`);
  }
}
if (process.argv.includes('--check') && stale > 0) process.exitCode = 1;
