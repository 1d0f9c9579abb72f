import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../../..');
const page = readFileSync(join(root, 'docs/security.md'), 'utf8');

describe('docs/security.md', () => {
  const [, table = ''] = page.split('## Threats');
  const rows = table.split('\n').filter((line) => line.startsWith('| ') && !/^\| (threat|---)/.test(line));

  it('has a test for each threat', () => {
    assert.ok(rows.length >= 20);
    for (const row of rows) assert.match(row, /\| `test\/[^`]+\.test\.ts` “[^”]+”(; `test\/[^`]+\.test\.ts` “[^”]+”)* \|$/);
  });

  it('names tests that there are', () => {
    for (const [, file = '', title = ''] of table.matchAll(/`(test\/[^`]+\.test\.ts)` “([^”]+)”/g)) {
      assert.ok(existsSync(join(root, file)), `there is no ${file}`);
      const titles = readFileSync(join(root, file), 'utf8').replaceAll("\\'", "'");
      assert.ok(titles.includes(title), `${file} has no test “${title}”`);
    }
  });
});
