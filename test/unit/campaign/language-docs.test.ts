import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { parse as parseYaml } from 'yaml';
import { parseCampaign } from '../../../src/campaign/parse.ts';
import { probeTypes } from '../../../src/campaign/probe-types.ts';

const page = readFileSync(new URL('../../../docs/language.md', import.meta.url), 'utf8');

/** A fenced block: its language, and what it is an example of; a whole document when it does not say. */
interface Example {
  line: number;
  language: string;
  of: string;
  text: string;
}

const examples: Example[] = [...page.matchAll(/^```(\w+) ?(.*)\n([\s\S]*?)^```$/gm)].map((match) => ({
  line: page.slice(0, match.index).split('\n').length,
  language: match[1] ?? '',
  of: match[2] ?? '',
  text: match[3] ?? '',
}));

/** The example as a part of an otherwise complete campaign. */
function complete({ of, text }: Example): string {
  if (of === '') return text;
  const experiment: Record<string, unknown> = { fault: 'pod-delete', target: 'all' };
  const spec: Record<string, unknown> = {
    target: { namespace: 'default', selector: 'app=redis' },
    steps: [{ experiment }],
  };
  const part: unknown = parseYaml(text);
  if (of === 'experiment') spec.steps = [{ experiment: part }];
  else if (of === 'experiment.target') experiment.target = part;
  else if (of.startsWith('spec.')) spec[of.slice('spec.'.length)] = part;
  else assert.fail(`an example of ${of}: the test does not know where that belongs`);
  return JSON.stringify({ apiVersion: 'squall.dev/v1', kind: 'Campaign', metadata: { name: 'example' }, spec });
}

describe('docs/language.md', () => {
  for (const example of examples.filter(({ language, of }) => ['yaml', 'json'].includes(language) && of !== 'refused')) {
    it(`line ${example.line}: ${example.of || 'a document'} is taken`, () => {
      const result = parseCampaign(complete(example), { fileName: 'campaign.yaml' });
      assert.ok(result.ok, JSON.stringify(result));
    });
  }

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
