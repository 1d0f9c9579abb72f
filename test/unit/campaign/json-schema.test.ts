import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import { parse as parseYaml } from 'yaml';
import { campaignSchema } from '../../../src/campaign/json-schema/campaign-schema.ts';
import { parseCampaign } from '../../../src/campaign/parse.ts';
import { probeTypes } from '../../../src/campaign/probe-types.ts';
import { faultDeclarations } from '../../../src/faults/declarations.ts';

const root = join(import.meta.dirname, '../../..');

type Document = Record<string, unknown>;

function withSpec(spec: Document): Document {
  return {
    apiVersion: 'squall.dev/v1',
    kind: 'Campaign',
    metadata: { name: 'a' },
    spec: { target: { namespace: 'shop', selector: 'app=cart' }, steps: [{ wait: '1s' }], ...spec },
  };
}
const withExperiment = (experiment: unknown) => withSpec({ steps: [{ experiment }] });
const plain = { fault: 'pod-delete', target: 'all' };

/** What the parser says of a document: its mistakes' paths and messages; none: it takes it. */
function mistakes(document: unknown): string[] {
  const parsed = parseCampaign(JSON.stringify(document));
  return parsed.ok ? [] : parsed.problems.map(({ path, found, expected }) => `${path}: found ${found}, expected ${expected}`);
}

describe('the JSON Schema of the campaign language', () => {
  let validate: ValidateFunction;

  before(() => {
    // Of the strictness only what is about types of unions is off: a value may be a number or text.
    validate = new Ajv({ allErrors: true, strict: true, strictTypes: false, strictRequired: false }).compile(campaignSchema());
  });

  const accepts = (document: unknown) => validate(structuredClone(document)) === true;
  const errors = () => JSON.stringify(validate.errors?.slice(0, 4));

  /** The schema and the parser are of one mind. */
  function agree(document: unknown, taken: boolean, what: string): void {
    const found = mistakes(document);
    assert.equal(found.length === 0, taken, `the parser, of ${what}: ${found.join('; ') || 'takes it'}`);
    assert.equal(accepts(document), taken, `the schema, of ${what}: ${errors()}`);
  }

  it('is kept in schema/campaign.schema.json as it is made (npm run docs writes it)', () => {
    const kept = readFileSync(join(root, 'schema/campaign.schema.json'), 'utf8');
    assert.equal(kept, `${JSON.stringify(campaignSchema(), null, 2)}\n`);
  });

  it("takes the project's examples", () => {
    for (const example of ['redis', 'multi-cluster']) {
      assert.ok(accepts(parseYaml(readFileSync(join(root, `examples/${example}/campaign.yaml`), 'utf8'))), `${example}: ${errors()}`);
    }
    const page = readFileSync(join(root, 'docs/language.md'), 'utf8');
    const whole = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)]
      .map(([, text]) => parseYaml(text ?? ''))
      .filter(({ kind }) => kind === 'Campaign');
    assert.ok(whole.length > 0);
    for (const document of whole) assert.ok(accepts(document), `${JSON.stringify(document)}: ${errors()}`);
  });

  for (const { name, example, parameters, aliases, holds, targets } of faultDeclarations) {
    it(`knows ${name}: its example, its parameters, what they may not be`, () => {
      const written = parseYaml(example) as Document & { parameters?: Document };
      agree(withExperiment(written), true, 'its example');
      for (const alias of aliases) agree(withExperiment({ ...written, fault: alias.name }), true, `its alias ${alias.name}`);
      agree(withExperiment({ ...written, parameters: { ...written.parameters, 'no-such': 1 } }), false, 'a parameter it has not');
      if (holds) agree(withExperiment({ ...written, repeatEvery: '5s' }), false, 'repeatEvery');
      if (targets === 'pods' || targets === 'nodes') agree(withExperiment({ ...written, target: undefined }), false, 'no target');
      for (const [key, parameter] of Object.entries(parameters.byName)) {
        const given = (value: unknown) => withExperiment({ ...written, parameters: { ...written.parameters, [key]: value } });
        for (const value of [parameter.example, parameter.default]) {
          if (value === undefined) continue;
          // Whether values fit one another, a schema does not say.
          assert.ok(accepts(given(value)), `${key}: ${JSON.stringify(value)}: ${errors()}`);
        }
        for (const value of [true, [], {}, null].filter(
          (one) => parameter.refused.some((bad) => typeof bad === typeof one) && !parameter.parse(one).ok,
        )) {
          agree(given(value), false, `${key}: ${JSON.stringify(value)}`);
        }
        if (!parameter.required) continue;
        const { [key]: _, ...others } = written.parameters ?? {};
        agree(withExperiment({ ...written, parameters: others }), false, `no ${key}`);
      }
    });
  }

  for (const type of probeTypes) {
    it(`knows the probe ${type.name}`, () => {
      const own: Record<string, Document> = { prometheus: { query: 'up' }, http: { url: 'http://a/' }, tcp: { host: 'a', port: 6379 } };
      const probe = { type: type.name, ...own[type.name] };
      const tolerance = { ms: '<= 1s', s: '<= 30s', none: '>= 2', nothing: 'succeeds' }[type.unit ?? 'nothing'];
      agree(withSpec({ hypothesis: [probe] }), true, 'it alone');
      agree(withSpec({ hypothesis: [{ ...probe, tolerance, weight: 5, successPercent: '90%', when: type.when[0] }] }), true, 'all of it');
      agree(withSpec({ hypothesis: [{ ...probe, tolerance: 'soon' }] }), false, 'a tolerance that is none');
      agree(withSpec({ hypothesis: [{ ...probe, nope: 1 }] }), false, 'a key that is none');
      agree(withSpec({ hypothesis: [{ ...probe, when: 'never' }] }), false, 'a time that is none');
      if (type.unit !== null) agree(withSpec({ hypothesis: [{ ...probe, weight: 5 }] }), false, 'a weight without a tolerance');
      const watchable = type.when[0] !== 'recovery';
      agree(withSpec({ stopConditions: [{ ...probe, tolerance }] }), watchable, 'a stop condition');
      agree(withSpec({ stopConditions: [{ ...probe, tolerance, weight: 5 }] }), false, 'a stop condition with a weight');
    });
  }

  const keysOf = (at: string, document: unknown) => {
    const [, list = ''] =
      mistakes(document)
        .map((one) => /^(.*): found the unknown key "zz.*?", expected (?:one of )?(.*?)(?:; did you mean.*)?$/.exec(one))
        .find((match) => match !== null)
        ?.slice(1) ?? [];
    assert.notEqual(list, '', `the parser names no keys at ${at}: ${mistakes(document).join('; ')}`);
    return list.split(', ').sort();
  };
  const properties = (path: string) => {
    let part: unknown = campaignSchema();
    for (const key of path.split('/')) part = (part as Document)[key];
    return Object.keys(part as Document).sort();
  };

  // The parser tells the keys it knows when it meets one that it does not.
  const places: [path: string, document: unknown][] = [
    ['properties', { ...withSpec({}), zz: 1 }],
    ['properties/metadata/properties', { ...withSpec({}), metadata: { name: 'a', zz: 1 } }],
    ['properties/spec/properties', withSpec({ zz: 1 })],
    ['properties/spec/properties/target/properties', withSpec({ target: { namespace: 'shop', selector: 'a=b', zz: 1 } })],
    ['properties/spec/properties/policy/properties', withSpec({ policy: { zz: 1 } })],
    ['properties/spec/properties/preflight/properties', withSpec({ preflight: { dashboards: [], zz: 1 } })],
    [
      'properties/spec/properties/preflight/properties/dashboards/items/properties',
      withSpec({ preflight: { dashboards: [{ url: 'http://g/d/a', zz: 1 }] } }),
    ],
    ['properties/spec/properties/repeat/properties', withSpec({ repeat: { times: 2, zz: 1 } })],
    ['properties/spec/properties/steps/items/properties/approval/properties', withSpec({ steps: [{ approval: { zz: 1 } }] })],
    ['definitions/experiment/properties', withExperiment({ ...plain, zz: 1 })],
    ['definitions/experiment/properties/target/anyOf/1/properties', withExperiment({ ...plain, target: { zz: 1 } })],
    ['definitions/experiment/properties/workload/properties', withExperiment({ ...plain, workload: { zz: 1 } })],
    ...probeTypes.map(({ name }, index): [string, unknown] => [
      `definitions/probe/allOf/${index}/then/properties`,
      withSpec({ hypothesis: [{ type: name, zz: 1 }] }),
    ]),
  ];
  for (const [path, document] of places) {
    it(`has the parser's keys at ${path}`, () => assert.deepEqual(properties(path), keysOf(path, document)));
  }

  const refused: [string, unknown][] = [
    ['another kind', { ...withSpec({}), kind: 'Campain' }],
    ['another version', { ...withSpec({}), apiVersion: 'squall.dev/v0' }],
    ['a name that is none', { ...withSpec({}), metadata: { name: 'Not A Name' } }],
    ['no steps', withSpec({ steps: [] })],
    ['a step of two kinds', withSpec({ steps: [{ wait: '1s', experiment: plain }] })],
    ['a step of no kind', withSpec({ steps: [{}] })],
    ['a step that is unknown', withSpec({ steps: [{ sleep: '1s' }] })],
    ['one experiment in parallel', withSpec({ steps: [{ parallel: [{ experiment: plain }] }] })],
    ['a fault that is none', withExperiment({ ...plain, fault: 'pod-delet' })],
    ['no fault', withExperiment({ target: 'all' })],
    ['a duration without a unit', withExperiment({ ...plain, duration: 30 })],
    ['a duration of another unit', withExperiment({ ...plain, duration: '3 parsecs' })],
    ['an empty choice', withExperiment({ ...plain, target: {} })],
    ['count and percent', withExperiment({ ...plain, target: { count: 1, percent: '50%' } })],
    ['a role of another kind', withExperiment({ ...plain, target: { role: 'primary' } })],
    ['a container of a fault that takes none', withExperiment({ ...plain, target: { container: 'redis', count: 1 } })],
    ['a workload without name and selector', withSpec({ target: { namespace: 'shop' } })],
    ['a name without its kind', withSpec({ target: { namespace: 'shop', name: 'cart' } })],
    ['a gate above 100', withSpec({ gate: 101 })],
    ['a queueTimeout without a queue', withSpec({ policy: { queueTimeout: '5m' } })],
    ['a repeat without an end', withSpec({ repeat: {} })],
    ['a dashboard of nowhere', withSpec({ preflight: { dashboards: [{ name: 'a' }] } })],
    ['a dashboard of two places', withSpec({ preflight: { dashboards: [{ url: 'http://g/d/a', json: { title: 'a', panels: [] } }] } })],
    ['an address of no dashboard', withSpec({ preflight: { dashboards: [{ url: 'http://g/' }] } })],
    ['a probe of no type', withSpec({ hypothesis: [{ name: 'a' }] })],
    ['a webhook with more', withSpec({ stopConditions: [{ webhook: 'alerts', type: 'http' }] })],
  ];
  for (const [what, document] of refused) {
    it(`refuses what the parser refuses: ${what}`, () => agree(document, false, what));
  }

  const taken: [string, unknown][] = [
    ['numbers that are quoted', withSpec({ gate: '80', repeat: { times: '3' }, policy: { maxTargets: '2' } })],
    ['names in one text', withExperiment({ ...plain, target: { names: 'a,b' } })],
    [
      'dashboards of both kinds',
      withSpec({
        preflight: {
          dashboards: [
            { url: 'http://g:3000/d/a?var-b=c', prometheus: 'http://p:9090', variables: { a: 1, b: ['x', 'y'] }, mayBeEmpty: ['A, and B'] },
            { name: 'own', json: { title: 'a', panels: [] } },
            { json: '{"title":"a","panels":[]}' },
          ],
        },
      }),
    ],
    ['a seed that is a number', withSpec({ seed: 42 })],
    ['booleans that are quoted', withSpec({ policy: { allowLastReady: 'true' } })],
    ['a tolerance in parts', withSpec({ hypothesis: [{ type: 'http', url: 'http://a/', tolerance: { comparator: '<=', value: '1s' } }] })],
    [
      'all kinds of steps',
      withSpec({
        steps: [
          { wait: '1s' },
          { approval: {} },
          { parallel: [{ experiment: { ...plain, name: 'a' } }, { experiment: { ...plain, name: 'b' } }] },
        ],
      }),
    ],
  ];
  for (const [what, document] of taken) {
    it(`takes what the parser takes: ${what}`, () => agree(document, true, what));
  }
});
