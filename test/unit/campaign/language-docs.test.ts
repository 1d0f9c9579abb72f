import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { parseCampaign } from '../../../src/campaign/parse.ts';
import { probeTypes } from '../../../src/campaign/probe-types.ts';

const page = readFileSync(new URL('../../../docs/language.md', import.meta.url), 'utf8');

/** Fenced blocks: what each is an example of, and its text. That examples are taken is seen by test/unit/docs/. */
const examples = [...page.matchAll(/^```\w+ ?(.*)\n([\s\S]*?)^```$/gm)].map(([, of = '', text = '']) => ({ of, text }));

describe('docs/language.md', () => {
  it('shows the messages of what is refused as they are', () => {
    const index = examples.findIndex(({ of }) => of === 'refused');
    const result = parseCampaign(examples[index]?.text ?? '', { fileName: 'campaign.yaml' });
    assert.ok(!result.ok);
    assert.equal(`${result.problems.map(({ message }) => message).join('\n')}\n`, examples[index + 1]?.text);
  });

  for (const type of probeTypes) {
    it(`tells of ${type.name}: its keys, its unit and when it is sampled`, () => {
      const row = page.split('\n').find((line) => line.startsWith(`| \`${type.name}\``)) ?? '';
      assert.ok(row.endsWith(`| ${type.unit ?? 'succeeds or not'} | ${type.when.join(', ')} |`), row);
      for (const key of Object.keys(type.parameters)) assert.ok(row.includes(`\`${key}\``), `${key} is missing: ${row}`);
    });
  }
});
