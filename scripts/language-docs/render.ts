import { campaignSchema } from '../../src/campaign/json-schema/campaign-schema.ts';
import type { JsonSchema } from '../../src/campaign/json-schema/forms.ts';
import { keyTable } from './key-table.ts';

/** docs/language-reference.md: every key of a campaign, from the JSON Schema of the language. */
export function renderLanguageReference(): string {
  const schema = campaignSchema();
  const definitions = schema.definitions as Record<string, JsonSchema>;
  return `${[
    '# Every key of a campaign',
    '',
    '<!-- Made from src/campaign/json-schema/ and scripts/language-docs/render.ts: npm run docs -->',
    '',
    intro,
    '',
    ...section('The document', '', schema, 'What a campaign is made of.'),
    ...sectionsOf('spec', propertiesOf(schema).spec ?? {}),
    ...section('An experiment', 'experiment', definitions.experiment ?? {}, experimentIntro),
    ...section('experiment.target', 'experiment.target', choiceOf(definitions.experiment, 'target'), targetIntro),
    ...section('experiment.workload', 'experiment.workload', propertiesOf(definitions.experiment ?? {}).workload ?? {}),
    ...section('A probe', 'probe', definitions.probe ?? {}, probeIntro),
    ...section('A stop condition', 'stopCondition', definitions.stopCondition ?? {}, stopConditionIntro),
  ].join('\n')}\n`;
}

const intro = `What may be written, where, and what holds when it is not. [language.md](language.md) tells the same by task, with examples;
[schema/campaign.schema.json](../schema/campaign.schema.json) is this page for editors. Keys that are not here are mistakes.

| written as | is |
| --- | --- |
| duration | \`500ms\`, \`30s\`, \`1m30s\`, \`2h\`: always with a unit |
| percentage | \`50%\`, or \`50\` |
| name | lower-case letters, digits and \`-\`, at most 63 |
| list | \`[a, b]\`, or \`a,b\` |
| comparison | \`<= 500ms\`, \`>= 2\`, \`succeeds\`; or \`{ comparator: "<=", value: 500ms }\` |
| label selector | as kubectl writes it: \`app=redis,tier in (cache,session)\` |`;

const experimentIntro = `Under \`spec.steps[].experiment\`, and in \`spec.steps[].parallel\` the \`experiment\` of each item. Which \`parameters\` there are is up to the
fault: [faults/](faults/README.md) has a page for each.`;

const targetIntro =
  'The word `all`, or a mapping of these. `role`, `names`, `selector`, `nodes`, `nodeSelector` and `zones` narrow one after another; then `count` or `percent` choose.';

const probeIntro = `An item of \`spec.hypothesis\`, or of an experiment's \`hypothesis\`. Each type has keys of its own beside these, and defaults of its own:
[probes.md](probes.md).`;

const stopConditionIntro = `An item of \`spec.stopConditions\`: \`webhook\` alone, or a probe as above that can be sampled at any time, with its \`tolerance\`, and without
\`when\`, \`weight\` and \`successPercent\`.`;

/** A section for a mapping, and one for each mapping within it; lists of mappings too, but for those that have a section of their own. */
function sectionsOf(path: string, schema: JsonSchema): string[] {
  const within = Object.entries(propertiesOf(schema)).flatMap(([key, form]) => {
    const items = form.items as JsonSchema | undefined;
    if (items?.properties !== undefined && key !== 'parallel') return sectionsOf(`${path}.${key}[]`, items);
    return form.properties === undefined ? [] : sectionsOf(`${path}.${key}`, form);
  });
  return [...section(path, path, schema), ...within];
}

function section(title: string, path: string, schema: JsonSchema, told?: string): string[] {
  const described = told ?? (typeof schema.description === 'string' ? `${capital(schema.description)}.` : '');
  return [
    `## ${title}`,
    '',
    ...(described === '' ? [] : [described, '']),
    keyTable(path, propertiesOf(schema), (schema.required ?? []) as string[]),
    '',
  ];
}

function propertiesOf(schema: JsonSchema): Record<string, JsonSchema> {
  return (schema.properties ?? {}) as Record<string, JsonSchema>;
}

/** Of a form that is a word or a mapping, the mapping. */
function choiceOf(schema: JsonSchema | undefined, key: string): JsonSchema {
  const forms = (propertiesOf(schema ?? {})[key]?.anyOf ?? []) as JsonSchema[];
  return forms.find(({ properties }) => properties !== undefined) ?? {};
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
