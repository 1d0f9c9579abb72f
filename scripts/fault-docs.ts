// The pages of docs/faults/, from the catalogue, and its table of measured effects, from what the lab tests recorded.
//
// usage: npm run docs [-- --record | --check]
//   --record  take over what the last run of the lab tests measured (.squall/measured) into docs/faults/measured.json
//   --check   write nothing; exit 1 when a page is not as it would be written
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { faultDeclarations } from '../src/faults/declarations.ts';
import { describeFault } from '../src/faults/describe-fault.ts';
import { measuredSchema } from './fault-docs/measured.ts';
import { recordMeasured } from './fault-docs/record.ts';
import { renderPages } from './fault-docs/render.ts';

const root = join(import.meta.dirname, '..');
const folder = join(root, 'docs/faults');
const measuredFile = join(folder, 'measured.json');

function main(argv: string[]): number {
  const { values } = parseArgs({ args: argv, options: { record: { type: 'boolean' }, check: { type: 'boolean' } } });
  mkdirSync(folder, { recursive: true });
  if (values.record) recordMeasured(join(root, '.squall/measured'), measuredFile);
  const measured = measuredSchema.parse(JSON.parse(readFileSync(measuredFile, 'utf8')));
  const pages = renderPages(faultDeclarations.map(describeFault), measured);
  const there = readdirSync(folder).filter((name) => name.endsWith('.md'));
  const stale = there.filter((name) => !pages.has(name));
  const changed = [...pages].filter(([name, text]) => !there.includes(name) || readFileSync(join(folder, name), 'utf8') !== text);
  if (values.check) {
    for (const name of [...stale, ...changed.map(([page]) => page)])
      process.stdout.write(`docs/faults/${name} is not as the catalogue has it\n`);
    return stale.length + changed.length === 0 ? 0 : 1;
  }
  for (const name of stale) rmSync(join(folder, name));
  for (const [name, text] of changed) writeFileSync(join(folder, name), text);
  process.stdout.write(`docs/faults: ${pages.size} pages, ${changed.length} written, ${stale.length} removed\n`);
  return 0;
}

process.exitCode = main(process.argv.slice(2));
