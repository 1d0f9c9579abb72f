import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseCampaign } from '../../../src/campaign/parse.ts';
import { formatDuration, parseBytes, parseDuration } from '../../../src/campaign/units.ts';
import { parseBandwidth } from '../../../src/faults/parameters/parameter.ts';

/** How an experiment of Chaos Toolkit uses a value of its configuration. */
const use = (name: string) => `\${${name}}`;

const selector = { namespaces: ['shop'], labelSelectors: { app: 'cart' } };

/** A document of each dialect that is taken as it is; what is tried are these with something else somewhere in them. */
const documents: Record<string, unknown> = {
  squall: {
    apiVersion: 'squall.dev/v1',
    kind: 'Campaign',
    metadata: { name: 'any' },
    spec: {
      target: { namespace: 'shop', kind: 'StatefulSet', name: 'cart' },
      policy: { maxTargets: '50%' },
      hypothesis: [{ type: 'http', url: 'http://shop/health', tolerance: '<= 1s' }],
      steps: [
        {
          parallel: [
            { experiment: { fault: 'pod-cpu-hog', target: { count: 1 } } },
            { experiment: { fault: 'node-cordon', target: { zones: ['a'] } } },
          ],
        },
        { wait: '5s' },
        { experiment: { fault: 'pod-delete', target: 'all', repeatEvery: '10s' } },
      ],
      gate: '80%',
    },
  },
  litmus: {
    apiVersion: 'litmuschaos.io/v1alpha1',
    kind: 'ChaosEngine',
    metadata: { name: 'any' },
    spec: {
      appinfo: { appns: 'shop', applabel: 'app=cart', appkind: 'statefulset' },
      experiments: [
        {
          name: 'pod-network-loss',
          spec: {
            components: {
              env: [
                { name: 'RAMP_TIME', value: '5' },
                { name: 'DESTINATION_IPS', value: '10.0.0.0/8' },
              ],
            },
          },
        },
      ],
    },
  },
  'chaos-mesh': {
    apiVersion: 'chaos-mesh.org/v1alpha1',
    kind: 'Workflow',
    metadata: { name: 'any' },
    spec: {
      entry: 'entry',
      templates: [
        { name: 'entry', templateType: 'Serial', children: ['kill', 'slow', 'pause', 'http', 'stress', 'dns'] },
        { name: 'kill', templateType: 'PodChaos', deadline: '10s', podChaos: { action: 'pod-kill', mode: 'fixed', value: '1', selector } },
        {
          name: 'slow',
          templateType: 'NetworkChaos',
          deadline: '10s',
          networkChaos: { action: 'delay', mode: 'all', selector, delay: { latency: '9ms' }, externalTargets: ['10.0.0.1'] },
        },
        { name: 'pause', templateType: 'Suspend', deadline: '10s' },
        {
          name: 'http',
          templateType: 'HTTPChaos',
          deadline: '10s',
          httpChaos: { mode: 'all', selector, target: 'Response', port: 80, replace: { code: 404, headers: { a: 'b' } } },
        },
        {
          name: 'stress',
          templateType: 'StressChaos',
          deadline: '10s',
          stressChaos: { mode: 'all', selector, stressors: { memory: { workers: 1, size: '1MB' } } },
        },
        { name: 'dns', templateType: 'DNSChaos', deadline: '10s', dnsChaos: { action: 'error', mode: 'all', selector, patterns: ['a.*'] } },
      ],
    },
  },
  'chaos-toolkit': {
    title: 'any',
    configuration: { ns: 'shop' },
    'steady-state-hypothesis': {
      title: 'well',
      probes: [{ type: 'probe', name: 'up', tolerance: 200, provider: { type: 'http', url: 'http://shop/health' } }],
    },
    method: [
      {
        type: 'action',
        name: 'kill',
        provider: {
          type: 'python',
          module: 'chaosk8s.pod.actions',
          func: 'terminate_pods',
          arguments: { label_selector: 'app=cart', ns: use('ns'), rand: true },
        },
        pauses: { after: 5 },
      },
      {
        type: 'action',
        name: 'drain',
        provider: { type: 'python', module: 'chaosk8s.node.actions', func: 'drain_nodes', arguments: { name: 'worker-1' } },
      },
    ],
    rollbacks: [
      {
        type: 'action',
        name: 'put back',
        provider: { type: 'python', module: 'chaosk8s.node.actions', func: 'uncordon_node', arguments: { name: 'worker-1' } },
      },
    ],
  },
};

type Key = string | number;

/** The path of every value of a document but the document itself. */
function paths(value: unknown, above: Key[] = []): Key[][] {
  if (typeof value !== 'object' || value === null) return [];
  const entries: [Key, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return entries.flatMap(([key, item]) => [[...above, key], ...paths(item, [...above, key])]);
}

/** The document with another value at a path, or, without one, with nothing there. */
function changed(document: unknown, path: readonly Key[], value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (Array.isArray(document)) return document.map((item: unknown, index) => (index === key ? changed(item, rest, value) : item));
  const entries = Object.entries(document as Record<string, unknown>);
  return Object.fromEntries(entries.map(([name, item]) => [name, name === key ? changed(item, rest, value) : item]));
}

/** Values people write by mistake, and any others. */
const anything = fc.oneof(
  fc.constantFrom<unknown>(
    undefined,
    null,
    '',
    '0',
    -1,
    0,
    1.5,
    true,
    [],
    {},
    [[]],
    'all',
    '30',
    '30s',
    '-5s',
    '101%',
    'constructor',
    '__proto__',
    { toString: 1 },
    use('ns'),
    'a=b',
    '*',
  ),
  fc.jsonValue({ maxDepth: 3 }),
);

/** Either a campaign that can be kept as JSON, or problems that say where and what. */
function assertAnswered(text: string): void {
  const result = parseCampaign(text, { fileName: 'any.json' });
  if (result.ok) {
    assert.deepEqual(JSON.parse(JSON.stringify(result.campaign)), result.campaign);
    assert.ok(result.campaign.steps.length > 0);
    return;
  }
  assert.ok(result.problems.length > 0);
  for (const { line, column, found, expected, message } of result.problems) {
    assert.ok(line >= 1 && column >= 1 && found !== '' && expected !== '', message);
  }
}

describe('any document', function () {
  // hundreds of documents
  this.timeout(30_000);

  for (const [dialect, document] of Object.entries(documents)) {
    it(`${dialect}: is taken as it is here`, () => {
      const result = parseCampaign(JSON.stringify(document));
      assert.ok(result.ok, JSON.stringify(result));
      assert.equal(result.campaign.dialect, dialect);
    });

    it(`${dialect}: with anything anywhere yields a campaign, or problems with their places`, () => {
      const place = fc.constantFrom(...paths(document));
      const changes = fc.array(fc.tuple(place, anything), { minLength: 1, maxLength: 3 });
      fc.assert(
        fc.property(changes, (all) => {
          let text: unknown = document;
          // a change may have taken away what another is to change
          for (const [path, value] of all)
            if (paths(text).some((one) => one.join('\0') === path.join('\0'))) text = changed(text, path, value);
          assertAnswered(JSON.stringify(text));
        }),
        { numRuns: 400 },
      );
    });
  }

  it('any text yields a campaign, or problems with their places', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json(), fc.string({ unit: 'binary' })), assertAnswered), { numRuns: 500 });
  });
});

describe('values, there and back', () => {
  it('durations', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 * 86_400_000 }), (milliseconds) => {
        assert.deepEqual(parseDuration(formatDuration(milliseconds)), { ok: true, value: milliseconds });
      }),
    );
  });

  it('bytes', () => {
    const units: [string, number][] = [
      ['', 1],
      ['k', 1e3],
      ['M', 1e6],
      ['G', 1e9],
      ['Ki', 2 ** 10],
      ['Mi', 2 ** 20],
      ['Gi', 2 ** 30],
    ];
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100_000 }), fc.constantFrom(...units), (amount, [unit, size]) => {
        assert.deepEqual(parseBytes(`${amount}${unit}`), { ok: true, value: amount * size });
      }),
    );
  });

  it('bandwidths, of which bps are bytes', () => {
    const units: [string, number][] = [
      ['bit', 1],
      ['kbit', 1e3],
      ['mbit', 1e6],
      ['gbit', 1e9],
      ['bps', 8],
      ['kbps', 8e3],
      ['mbps', 8e6],
      ['gbps', 8e9],
    ];
    fc.assert(
      fc.property(fc.integer({ min: 8, max: 100_000 }), fc.constantFrom(...units), (amount, [unit, size]) => {
        assert.deepEqual(parseBandwidth(`${amount}${unit}`), { ok: true, value: amount * size });
      }),
    );
  });
});
