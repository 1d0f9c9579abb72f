import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderAnalysisPage } from '../../../../scripts/analysis-docs/render.ts';
import { rules } from '../../../../src/report/analysis/rules.ts';

describe('docs/analysis.md', () => {
  it('is as the rules have it', () => {
    const page = readFileSync(join(import.meta.dirname, '../../../../docs/analysis.md'), 'utf8');
    assert.equal(page, renderAnalysisPage(), 'npm run docs writes it');
  });

  it('has a part of a sentence for what a rule looks at, and sentences for what it finds and its fix', () => {
    for (const { name, looksAt, finds, fix } of rules) {
      assert.match(name, /^[a-z]+(-[a-z]+)*$/);
      assert.doesNotMatch(looksAt, /\.$/, name);
      assert.match(finds, /\.$/, name);
      if (fix !== null) assert.match(fix, /\.$/, name);
    }
    assert.equal(new Set(rules.map(({ name }) => name)).size, rules.length);
  });
});
