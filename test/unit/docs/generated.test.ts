import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderLanguageReference } from '../../../scripts/language-docs/render.ts';
import { renderProbesPage } from '../../../scripts/probe-docs/render.ts';
import { campaignSchema } from '../../../src/campaign/json-schema/campaign-schema.ts';
import type { JsonSchema } from '../../../src/campaign/json-schema/forms.ts';
import { parseCampaign } from '../../../src/campaign/parse.ts';
import { probeTypes } from '../../../src/campaign/probe-types.ts';
import { root } from './pages.ts';

describe('docs made from declarations', () => {
  for (const [path, text] of [
    ['docs/language-reference.md', renderLanguageReference()],
    ['docs/probes.md', renderProbesPage()],
  ] as const) {
    it(`${path} is as it is made (npm run docs writes it)`, () => assert.equal(readFileSync(join(root, path), 'utf8'), text));
  }

  it('tell of every probe type', () => {
    const page = renderProbesPage();
    for (const { name, summary, fails } of probeTypes)
      assert.ok(
        [`## ${name}\n`, summary, fails].every((part) => page.includes(part)),
        name,
      );
  });
});

/** Every key of a form and of those within it, by its path; conditions for single faults and types are passed over. */
function keysOf(schema: JsonSchema, path: string[] = []): [path: string[], form: JsonSchema][] {
  const own = Object.entries((schema.properties ?? {}) as Record<string, JsonSchema>);
  const within = [schema.items, ...((schema.anyOf as JsonSchema[] | undefined) ?? [])].filter((part) => part !== undefined) as JsonSchema[];
  return [
    ...own.flatMap(([key, form]): [string[], JsonSchema][] => [[[...path, key], form], ...keysOf(form, [...path, key])]),
    ...within.flatMap((part) => keysOf(part, path)),
  ];
}

describe('the reference of the language', () => {
  const schema = campaignSchema();
  const definitions = schema.definitions as Record<string, JsonSchema>;
  const keys = [
    ...keysOf(schema),
    ...Object.entries(definitions).flatMap(([name, definition]) =>
      keysOf(definition).map(([path, form]) => [[`(${name})`, ...path], form] as const),
    ),
  ];

  it('says what each key means', () => {
    assert.ok(keys.length > 70);
    const silent = keys.filter(([, form]) => typeof form.description !== 'string').map(([path]) => path.join('.'));
    assert.deepEqual(silent, []);
  });

  const experiment = { fault: 'pod-delete', target: 'all' };
  const probe = { type: 'http', url: 'http://shop.default.svc', tolerance: '<= 1s' };
  const at: Record<string, (key: string, value: unknown) => Record<string, unknown>> = {
    'spec.target': (key, value) => ({ target: { namespace: 'shop', selector: 'app=cart', [key]: value } }),
    'spec.policy': (key, value) => ({ policy: { ...(key === 'queueTimeout' && { overlap: 'queue' }), [key]: value } }),
    'spec.steps.approval': (key, value) => ({ steps: [{ experiment }, { approval: { [key]: value } }] }),
    '(experiment)': (key, value) => ({ steps: [{ experiment: { ...experiment, [key]: value } }] }),
    '(probe)': (key, value) => ({ hypothesis: [{ ...probe, [key]: value }] }),
  };
  /** The parser leaves these open, and the plan or the arbiter takes the default. */
  const leftOpen = new Set(['overlap', 'queueTimeout', 'allowLastReady', 'ignoreDisruptionBudgets']);

  for (const [path, form] of keys.filter(([, { default: fallback }]) => fallback !== undefined)) {
    const key = path.at(-1) ?? '';
    const fallback = form.default;
    it(`says of ${path.join('.')} what holds without it: ${String(fallback)}`, () => {
      const complete = at[path.slice(0, -1).join('.')];
      assert.ok(complete, `the test does not know where ${path.join('.')} belongs`);
      const given = parse(complete(key, fallback));
      const absent = parse(complete(key, undefined));
      if (leftOpen.has(key)) assert.notDeepEqual(given, absent);
      else assert.deepEqual(given, absent);
    });
  }

  function parse(spec: Record<string, unknown>): unknown {
    const whole = { target: { namespace: 'shop', selector: 'app=cart' }, steps: [{ experiment }], ...spec };
    const parsed = parseCampaign(JSON.stringify({ apiVersion: 'squall.dev/v1', kind: 'Campaign', metadata: { name: 'a' }, spec: whole }));
    assert.ok(parsed.ok, JSON.stringify(parsed));
    // Lines and the like are of the text.
    return {
      target: parsed.campaign.target,
      policy: parsed.campaign.policy,
      steps: parsed.campaign.steps,
      hypothesis: parsed.campaign.hypothesis,
    };
  }
});
