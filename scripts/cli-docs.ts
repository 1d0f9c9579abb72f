// docs/cli.md, from the commands' declarations; docs/language-reference.md, docs/probes.md and schema/campaign.schema.json, from the
// language and the catalogues.
//
// usage: node scripts/cli-docs.ts [--check]
//   --check   write nothing; exit 1 when one is not as it would be written
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { campaignSchema } from '../src/campaign/json-schema/campaign-schema.ts';
import { renderCliPage } from './cli-docs/render.ts';
import { renderLanguageReference } from './language-docs/render.ts';
import { renderProbesPage } from './probe-docs/render.ts';

const root = join(import.meta.dirname, '..');
const pages: [path: string, text: string][] = [
  ['docs/cli.md', renderCliPage()],
  ['docs/language-reference.md', renderLanguageReference()],
  ['docs/probes.md', renderProbesPage()],
  ['schema/campaign.schema.json', `${JSON.stringify(campaignSchema(), null, 2)}\n`],
];

let stale = 0;
for (const [path, text] of pages) {
  const file = join(root, path);
  if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
  stale += 1;
  if (process.argv.includes('--check')) process.stdout.write(`${path} is not as the declarations have it: npm run docs\n`);
  else {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    process.stdout.write(`${path} written\n`);
  }
}
if (process.argv.includes('--check') && stale > 0) process.exitCode = 1;
