import assert from 'node:assert/strict';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { parseCampaign } from '../../../src/campaign/parse.ts';
import type { Problem } from '../../../src/campaign/problem.ts';
import type { Campaign, ExperimentSpec, ProbeSpec } from '../../../src/contracts/campaign.ts';

type Mapping = Record<string, unknown>;

const python = (func: string, args: Mapping = {}, module = 'chaosk8s.pod.actions') => ({ type: 'python', module, func, arguments: args });
const action = (provider: Mapping, more: Mapping = {}) => ({ type: 'action', name: 'Do it', provider, ...more });
const probe = (provider: Mapping, tolerance: unknown = true, more: Mapping = {}) => ({
  type: 'probe',
  name: 'Is it well?',
  tolerance,
  provider,
  ...more,
});

/** A value of the configuration, as Chaos Toolkit writes it. */
const reference = (name: string) => `$\{${name}}`;

const redis = { label_selector: 'app=redis', ns: 'cache' };
const terminate = (args: Mapping = {}, more: Mapping = {}) => action(python('terminate_pods', { ...redis, rand: true, ...args }), more);
const running = (args: Mapping = {}) => probe(python('pods_in_phase', { ...redis, ...args }));
const http = (more: Mapping = {}) => ({ type: 'http', url: 'http://shop.cache.svc/health', ...more });
const undo = (func: string, args: Mapping = {}) => action(python(func, args));

function experiment(method: unknown, more: Mapping = {}): Mapping {
  return { title: 'A pod of redis is lost', description: 'and clients do not notice', method, ...more };
}

const hypothesis = (...probes: unknown[]): Mapping => ({ 'steady-state-hypothesis': { title: 'All is well', probes } });

function taken(document: unknown): Campaign {
  const result = parseCampaign(JSON.stringify(document), { fileName: 'experiment.json' });
  assert.ok(result.ok, JSON.stringify(result));
  return result.campaign;
}

function experiments(document: unknown): ExperimentSpec[] {
  return taken(document).steps.flatMap((step) => (step.kind === 'experiment' ? [step.experiment] : []));
}

function only(document: unknown): ExperimentSpec {
  const [one, ...others] = experiments(document);
  assert.ok(one !== undefined && others.length === 0);
  return one;
}

function theProbe(...probes: unknown[]): ProbeSpec {
  const [one, ...others] = taken(experiment([terminate()], hypothesis(...probes))).hypothesis;
  assert.ok(one !== undefined && others.length === 0);
  return one;
}

function problems(document: unknown): Problem[] {
  const result = parseCampaign(typeof document === 'string' ? document : stringify(document), { fileName: 'experiment.yaml' });
  assert.ok(!result.ok, 'was taken');
  return result.problems;
}

function warned(document: unknown): string[] {
  return taken(document).warnings.map(({ code, path }) => `${code} ${path}`);
}

describe('an experiment of Chaos Toolkit', () => {
  const whole = experiment(
    [terminate({ grace_period: 5 }, { name: 'Lose a pod', pauses: { before: 3, after: 20 } })],
    hypothesis(running()),
  );

  it('becomes a campaign', () => {
    const { warnings, ...campaign } = taken(whole);
    assert.deepEqual(campaign, {
      name: 'a-pod-of-redis-is-lost',
      dialect: 'chaos-toolkit',
      target: { cluster: 'default', namespace: 'cache', selector: 'app=redis' },
      policy: { optIn: 'none', protectedPods: [] },
      hypothesis: [
        {
          name: 'is-it-well',
          type: 'pods-ready',
          parameters: {},
          when: 'after',
          tolerance: { comparator: 'succeeds', successPercent: 100 },
          weight: 10,
          intervalMs: 1000,
          timeoutMs: 5000,
        },
      ],
      steps: [
        { kind: 'wait', durationMs: 3000 },
        {
          kind: 'experiment',
          experiment: {
            name: 'lose-a-pod',
            fault: 'pod-delete',
            selection: { count: 1 },
            parameters: { force: false, gracePeriodSeconds: 5 },
            durationMs: 20_000,
            recoveryTimeoutMs: 180_000,
            onFailure: 'continue',
            onRestart: 'reestablish',
          },
        },
      ],
    });
    assert.deepEqual(
      warnings.map(({ message }) => message),
      ['the phase is Running: squall asks for more, that the pods are ready'],
    );
  });

  it('is read from YAML as from JSON', () => {
    const result = parseCampaign(stringify(whole));
    assert.ok(result.ok);
    assert.deepEqual(result.campaign.steps, taken(whole).steps);
  });

  it('takes literal values of its configuration, with their types', () => {
    const configuration = { namespace: 'cache', app: 'redis', qty: 2, wait: 15 };
    const args = { label_selector: `app=${reference('app')}`, ns: reference('namespace'), qty: '$qty', rand: true };
    const document = experiment([action(python('terminate_pods', args), { pauses: { after: reference('wait') } })], { configuration });
    assert.equal(taken(document).target.selector, 'app=redis');
    assert.deepEqual(only(document).selection, { count: 2 });
    assert.equal(only(document).durationMs, 15_000);
  });

  it('leaves two dollars one, and a lone name as it is', () => {
    const provider = http({ url: 'http://shop/$$a/$b' });
    assert.equal(theProbe(probe(provider, 200)).parameters.url, 'http://shop/$a/$b');
  });

  it('gives names to what has the same', () => {
    assert.deepEqual(
      experiments(experiment([terminate(), terminate()])).map(({ name }) => name),
      ['do-it', 'do-it-2'],
    );
  });
});

describe('an action of Chaos Toolkit', () => {
  const pods: [Mapping, Mapping][] = [
    [{}, { count: 1 }],
    [{ all: true }, {}],
    [{ qty: 3 }, { count: 3 }],
    [{ mode: 'percentage', qty: 40 }, { percent: 40 }],
    [{ name_pattern: '^redis-0$' }, { names: ['redis-0'] }],
    [{ name_pattern: '^(redis-0|redis-1)$', all: true }, { names: ['redis-0', 'redis-1'] }],
  ];
  for (const [args, selection] of pods) {
    it(`terminate_pods with ${JSON.stringify(args)} is of ${JSON.stringify(selection)}`, () => {
      assert.deepEqual(only(experiment([terminate(args)])).selection, selection);
    });
  }

  it('has the grace of the pod when its own is -1', () => {
    assert.equal(only(experiment([terminate({ grace_period: -1 })])).parameters.gracePeriodSeconds, undefined);
    assert.equal(only(experiment([terminate({ grace_period: 0 })])).parameters.gracePeriodSeconds, 0);
  });

  it('names a pod alone', () => {
    const args = { name_pattern: '^redis-0$', ns: 'cache' };
    assert.deepEqual(taken(experiment([action(python('terminate_pods', args))])).target, {
      cluster: 'default',
      namespace: 'cache',
      kind: 'Pod',
      name: 'redis-0',
    });
  });

  it('is warned of where Chaos Toolkit takes the first by name', () => {
    assert.deepEqual(warned(experiment([terminate({ rand: false })])), ['chaos-toolkit-differs method[0].provider.arguments']);
  });

  const drain = (args: Mapping) => experiment([action(python('drain_nodes', args), { pauses: { after: 60 } })], hypothesis(running()));
  it('drains nodes by name, label or the pods on them', () => {
    const named = only(drain({ name: 'worker-1', delete_pods_with_local_storage: true, timeout: 60 }));
    assert.deepEqual([named.fault, named.selection], ['node-drain', { nodes: ['worker-1'] }]);
    assert.deepEqual(named.parameters, { timeoutMs: 60_000, deleteEmptyDirData: true, force: false });
    assert.deepEqual(only(drain({ label_selector: 'zone=a', count: 1 })).selection, { nodeSelector: 'zone=a', count: 1 });
    const byPods = { pod_label_selector: 'app=redis', pod_namespace: 'cache' };
    assert.deepEqual(only(drain({ ...byPods, count: 1 })).selection, { count: 1 });
    assert.deepEqual(only(drain({ ...byPods, label_selector: 'zone=a' })).selection, { nodeSelector: 'zone=a', selector: 'app=redis' });
  });

  it('cordons a node', () => {
    const document = experiment([action(python('cordon_node', { name: 'worker-1' }), { pauses: { after: 30 } })], hypothesis(running()));
    assert.deepEqual([only(document).fault, only(document).selection], ['node-cordon', { nodes: ['worker-1'] }]);
  });

  it('scales a workload, which is the target then', () => {
    const args = { name: 'redis', replicas: 0, ns: 'cache' };
    const document = experiment([action(python('scale_statefulset', args), { pauses: { after: 30 } })]);
    assert.deepEqual([only(document).fault, only(document).parameters], ['workload-scale', { replicas: 0 }]);
    assert.deepEqual(taken(document).target, { cluster: 'default', namespace: 'cache', kind: 'StatefulSet', name: 'redis' });
  });

  for (const way of ['ingress', 'egress']) {
    it(`denies all ${way}`, () => {
      const args = { label_selectors: { app: 'redis' }, ns: 'cache' };
      const document = experiment([action(python(`deny_all_${way}`, args), { pauses: { after: 30 } })]);
      assert.deepEqual([only(document).fault, only(document).parameters.direction], ['application-outage', way]);
    });
  }

  it('holds until what undoes it, which squall does by itself', () => {
    const document = experiment(
      [
        action(python('cordon_node', { name: 'a' }), { pauses: { after: 10 } }),
        { ...undo('uncordon_node', { name: 'a' }), pauses: { before: 20, after: 5 } },
      ],
      hypothesis(running()),
    );
    const { steps } = taken(document);
    assert.deepEqual(
      steps.map((step) => (step.kind === 'experiment' ? step.experiment.durationMs : step)),
      [30_000, { kind: 'wait', durationMs: 5000 }],
    );
    assert.ok(warned(document).includes('no-effect method[1].provider.func'));
  });

  it('is undone before the next one, other than in Chaos Toolkit, which a warning says', () => {
    const document = experiment([action(python('cordon_node', { name: 'a' }), { pauses: { after: 10 } }), terminate()]);
    assert.deepEqual(warned(document), ['chaos-toolkit-differs method[0].provider.func']);
  });

  it('needs no rollback', () => {
    const rollbacks = [undo('scale_deployment', { name: 'redis', replicas: 3 })];
    const document = experiment([action(python('scale_deployment', { name: 'redis', replicas: 1 }), { pauses: { after: 30 } })], {
      rollbacks,
    });
    assert.deepEqual(warned(document), ['no-effect rollbacks[0].provider.func']);
  });
});

describe('a hypothesis of Chaos Toolkit', () => {
  it('asks by http', () => {
    const { type, parameters, timeoutMs } = theProbe(probe(http({ timeout: 3, method: 'get' }), [204]));
    assert.deepEqual(
      { type, parameters, timeoutMs },
      { type: 'http', parameters: { url: 'http://shop.cache.svc/health', expectedStatus: 204 }, timeoutMs: 3000 },
    );
  });

  for (const provider of [
    python('pods_not_in_phase', { ...redis, phase: 'Pending' }),
    python('pods_in_conditions', { ...redis, conditions: [{ type: 'Ready', status: 'True' }] }),
  ]) {
    it(`asks whether pods are ready by ${provider.func}`, () => assert.equal(theProbe(probe(provider)).type, 'pods-ready'));
  }

  it('names the workload under test', () => {
    const provider = python('deployment_available_and_healthy', { name: 'redis', ns: 'cache' });
    const { target } = taken(experiment([terminate()], hypothesis(probe(provider))));
    assert.deepEqual(target, { cluster: 'default', namespace: 'cache', kind: 'Deployment', name: 'redis', selector: 'app=redis' });
  });

  for (const [strategy, when] of [
    ['default', 'after'],
    ['after-method-only', 'after'],
    ['during-method-only', 'during'],
    ['continuously', 'continuous'],
  ]) {
    it(`is sampled as the strategy ${strategy} says`, () => {
      const document = experiment([terminate()], { ...hypothesis(probe(http(), 200)), runtime: { hypothesis: { strategy } } });
      assert.equal(taken(document).hypothesis[0]?.when, when);
    });
  }
});

describe('what squall cannot do of Chaos Toolkit', () => {
  const args = 'method[0].provider.arguments';
  const func = 'method[0].provider.func';
  const withProbe = (...probes: unknown[]) => experiment([terminate()], hypothesis(...probes));
  const at = 'steady-state-hypothesis.probes[0]';
  const does = (name: string, given: Mapping = {}, module?: string) =>
    experiment([action(python(name, given, module))], hypothesis(running()));
  const configured = (value: unknown) => experiment([terminate({ ns: reference('space') })], { configuration: { space: value } });

  const refused: [string, Mapping, string, RegExp][] = [
    ['no title', { ...experiment([terminate()]), title: '' }, 'title', /found "", expected text/],
    ['no method', { title: 'a', ...hypothesis(running()) }, 'method', /found nothing, expected a list/],
    ['an empty method', experiment([], hypothesis(running())), 'method', /expected at least one action/],
    ['an unknown key', experiment([terminate()], { rollback: [] }), 'rollback', /did you mean rollbacks\?/],
    [
      'a value of the environment',
      configured({ type: 'env', key: 'SPACE' }),
      'configuration.space',
      /found a value of type env, expected the value itself/,
    ],
    ['a value of a vault', configured({ type: 'vault', path: 'a' }), 'configuration.space', /of type vault/],
    [
      'a value nobody has',
      experiment([terminate({ ns: reference('spcae') })], { configuration: { space: 'cache' } }),
      `${args}.ns`,
      /found \$\{spcae\}, expected a name of the configuration, space/,
    ],
    [
      'secrets of a cluster',
      experiment([terminate()], { secrets: { k8s: { KUBERNETES_CONTEXT: 'east' } } }),
      'secrets.k8s',
      /found KUBERNETES_CONTEXT/,
    ],
    ['controls', experiment([terminate()], { controls: [{ name: 'a' }] }), 'controls', /runs no code of yours/],
    ['controls of an action', experiment([terminate({}, { controls: [{ name: 'a' }] })]), 'method[0].controls', /runs no code of yours/],
    ['an action in the background', experiment([terminate({}, { background: true })]), 'method[0].background', /one action after another/],
    ['a pause', experiment([terminate({}, { pauses: { after: 'long' } })]), 'method[0].pauses.after', /found "long", expected a duration/],
    ['a reference', experiment([{ ref: 'Is it well?' }], hypothesis(running())), 'method[0].ref', /a reference to "Is it well\?"/],
    ['a probe in the method', experiment([running()]), 'method[0].type', /found a probe, expected an action/],
    ['a process', experiment([action({ type: 'process', path: 'ls' })]), 'method[0].provider.type', /runs no process of yours/],
    ['a call by http', experiment([action(http())]), 'method[0].provider.type', /found http/],
    ['another extension', does('stop_vm', {}, 'chaosaws.ec2.actions'), 'method[0].provider.module', /expected a module of chaosk8s/],
    ['a misspelt function', does('terminate_pod', redis), func, /did you mean terminate_pods\?/],
    ['delete_nodes', does('delete_nodes', { all: true }), func, /deletes no node/],
    ['exec_in_pods', does('exec_in_pods', { cmd: 'ls' }), func, /runs no command of yours/],
    ['Chaos Mesh', does('add_latency', {}, 'chaosk8s.chaosmesh.network.actions'), func, /runs a document of Chaos Mesh as it is/],
    ['an unknown argument', experiment([terminate({ labels: 'a' })]), `${args}.labels`, /unknown key "labels"/],
    [
      'all pods of a namespace',
      experiment([action(python('terminate_pods', { ns: 'cache', rand: true }))]),
      args,
      /found no label_selector/,
    ],
    ['a selector', experiment([terminate({ label_selector: 'app is redis' })]), `${args}.label_selector`, /found "app is redis"/],
    ['a namespace', experiment([terminate({ ns: 'A B' })]), `${args}.ns`, /found "A B"/],
    ['a pattern', experiment([terminate({ name_pattern: 'redis-[0-9]+' })]), `${args}.name_pattern`, /expected names alone/],
    ['none of them', experiment([terminate({ qty: 0 })]), `${args}.qty`, /found 0, expected a whole number of at least 1/],
    ['a mode', experiment([terminate({ mode: 'some' })]), `${args}.mode`, /found "some", expected one of fixed, percentage/],
    ['the oldest', experiment([terminate({ rand: false, order: 'oldest' })]), `${args}.order`, /does not choose by age/],
    ['a grace period', experiment([terminate({ grace_period: 'long' })]), `${args}.grace_period`, /found "long"/],
    ['all nodes', does('drain_nodes'), args, /neither name nor label_selector/],
    [
      'a long timeout',
      does('drain_nodes', { name: 'a', timeout: 120 }),
      `${args}.timeout`,
      /found 120, expected a duration of at most 1m30s/,
    ],
    ['pods without their namespace', does('drain_nodes', { name: 'a', pod_label_selector: 'app=redis' }), args, /found no pod_namespace/],
    ['no replicas', does('scale_deployment', { name: 'a' }), `${args}.replicas`, /found nothing/],
    ['a number of replicas', does('scale_deployment', { name: 'a', replicas: -1 }), `${args}.replicas`, /found -1/],
    ['a whole namespace', does('deny_all_ingress', { ns: 'cache' }), args, /found no label_selectors/],
    [
      'no workload',
      experiment([action(python('cordon_node', { name: 'a' }))]),
      'method',
      /found no namespace, expected the workload under test/,
    ],
    ['what undoes nothing', does('uncordon_node', { name: 'a' }), func, /only after what it undoes/],
    [
      'a rollback of its own',
      experiment([terminate()], { rollbacks: [undo('scale_deployment', { name: 'a', replicas: 1 })] }),
      'rollbacks[0].provider.func',
      /does nothing else then/,
    ],
    [
      'two workloads',
      experiment([terminate(), terminate({ label_selector: 'app=shop' })]),
      'method[1].provider.arguments.label_selector',
      /pods with app=shop beside pods with app=redis/,
    ],
    [
      'two namespaces',
      experiment([terminate(), terminate({ ns: 'db' })]),
      'method[1].provider.arguments.label_selector',
      /the namespace db beside cache/,
    ],
    [
      'a probe about others',
      withProbe(running({ label_selector: 'app=shop' })),
      `${at}.provider.arguments.label_selector`,
      /pods with app=shop/,
    ],
    ['a probe of another meaning', withProbe(probe(python('count_pods', redis), 3)), `${at}.provider.func`, /has no probe of that meaning/],
    ['a phase', withProbe(running({ phase: 'Pending' })), `${at}.provider.arguments.phase`, /found "Pending", expected Running/],
    [
      'other conditions',
      withProbe(probe(python('pods_in_conditions', { ...redis, conditions: [] }))),
      `${at}.provider.arguments.conditions`,
      /type: Ready/,
    ],
    ['a tolerance', withProbe({ ...running(), tolerance: 3 }), `${at}.tolerance`, /found 3, expected true/],
    ['a range of statuses', withProbe(probe(http(), [200, 299])), `${at}.tolerance`, /the one status/],
    ['a pattern of a body', withProbe(probe(http(), { type: 'regex', pattern: 'ok' })), `${at}.tolerance`, /the one status/],
    ['a POST', withProbe(probe(http({ method: 'POST' }), 200)), `${at}.provider.method`, /found "POST", expected GET/],
    ['headers', withProbe(probe(http({ headers: { a: 'b' } }), 200)), `${at}.provider.headers`, /a plain GET/],
    ['certificates of no worth', withProbe(probe(http({ verify_tls: false }), 200)), `${at}.provider.verify_tls`, /verifies certificates/],
    ['a URL', withProbe(probe(http({ url: 'shop' }), 200)), `${at}.provider.url`, /found "shop", expected a URL/],
    ['an action as a probe', withProbe(terminate()), `${at}.type`, /found an action, expected a probe/],
    [
      'a check before alone',
      experiment([terminate()], { runtime: { hypothesis: { strategy: 'before-method-only' } } }),
      'runtime.hypothesis.strategy',
      /always checks before/,
    ],
  ];
  for (const [name, document, path, message] of refused) {
    it(`${name}: a problem at ${path}`, () => {
      const all = problems(document);
      const found = all.find((problem) => problem.path === path && message.test(problem.message));
      assert.ok(found, all.map((problem) => problem.message).join('\n'));
      // on the line of its key, or of what the key is missing in
      const line = stringify(document)
        .split('\n')
        .slice(Math.max(0, found.line - 2), found.line)
        .join('\n');
      const [last = '', parent = ''] = path.split('.').toReversed();
      assert.ok(line.includes(last) || line.includes(parent.replace(/\[.*/, '')), line);
    });
  }

  it('is said with its line, all at once, of JSON too', () => {
    const text = `{
  "title": "Lose a pod",
  "description": "of redis",
  "method": [
    { "type": "action", "name": "lose", "provider": {
      "type": "python", "module": "chaosk8s.pod.actions", "func": "terminate_pods",
      "arguments": { "label_selector": "app=redis", "ns": "cache",
        "rand": true,
        "qty": "two"
      } }
    }
  ],
  "controls": [{ "name": "tracing" }]
}`;
    assert.deepEqual(
      problems(text).map(({ message }) => message.replace(/, expected.*/, '')),
      ['experiment.yaml:9:16 method[0].provider.arguments.qty: found "two"', 'experiment.yaml:13:3 controls: found controls'],
    );
  });

  it('does not grow by what its configuration repeats', function () {
    this.timeout(20_000);
    const configuration = { long: 'x'.repeat(60_000) };
    const many = Array.from({ length: 300 }, () => terminate({ ns: `a${reference('long')}` }));
    assert.ok(problems(experiment(many, { configuration })).some(({ message }) => /at most 1048576 characters/.test(message)));
  });
});

describe('any experiment of Chaos Toolkit', () => {
  const word = fc.constantFrom(
    'python',
    'http',
    'probe',
    'action',
    'chaosk8s.pod.actions',
    'terminate_pods',
    'drain_nodes',
    'uncordon_node',
    'pods_in_phase',
    reference('a'),
    '$a',
    'app=redis',
    '',
  );
  const leaf = fc.oneof(word, fc.string({ maxLength: 8 }), fc.integer(), fc.boolean(), fc.constant(null));
  const key = fc.constantFrom(
    ...[
      'type',
      'name',
      'provider',
      'module',
      'func',
      'arguments',
      'label_selector',
      'ns',
      'qty',
      'pauses',
      'after',
      'tolerance',
      'probes',
      'url',
    ],
    ...['title', 'method', 'rollbacks', 'configuration', 'secrets', 'runtime', 'hypothesis', 'strategy', 'a', 'toString', 'ref'],
  );
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof({ maxDepth: 6 }, leaf, fc.array(tie('value'), { maxLength: 4 }), fc.dictionary(key, tie('value'), { maxKeys: 8 })),
  }));
  const valid = [
    experiment([terminate({ ns: reference('a') }, { pauses: { before: 1, after: 2 } })], {
      ...hypothesis(running(), probe(http(), 200)),
      configuration: { a: 'cache' },
    }),
    experiment([action(python('drain_nodes', { name: 'w', timeout: 5 }), { pauses: { after: 9 } }), undo('uncordon_node')], {
      ...hypothesis(running()),
      rollbacks: [],
    }),
    experiment([action(python('scale_deployment', { name: 'a', replicas: 1 }))], {
      rollbacks: [undo('scale_deployment')],
      runtime: { hypothesis: { strategy: 'default' } },
    }),
    experiment(
      [action(python('deny_all_egress', { label_selectors: { app: 'redis' } }))],
      hypothesis(probe(python('deployment_available_and_healthy', { name: 'a' }))),
    ),
  ];

  /** Puts the value somewhere into the document, by what `choices` say. */
  function graft(document: unknown, choices: readonly number[], other: unknown): unknown {
    const [choice = 0, ...rest] = choices;
    if (rest.length === 0 || typeof document !== 'object' || document === null) return other;
    const keys = Object.keys(document);
    if (keys.length === 0) return other;
    const at = keys[choice % keys.length] ?? '';
    if (Array.isArray(document)) return document.map((item: unknown, index) => (String(index) === at ? graft(item, rest, other) : item));
    return { ...document, [at]: graft((document as Mapping)[at], rest, other) };
  }

  it('is taken when it is good', () => {
    for (const document of valid) taken(document);
  });

  it('is a campaign or problems, when something in a good one is another', () => {
    fc.assert(
      fc.property(fc.constantFrom(...valid), fc.array(fc.nat(20), { minLength: 2, maxLength: 8 }), value, (document, choices, other) => {
        const result = parseCampaign(JSON.stringify(graft(document, choices, other)));
        if (result.ok) {
          const names = result.campaign.steps.flatMap((step) => (step.kind === 'experiment' ? [step.experiment.name] : []));
          assert.ok(names.length > 0 && new Set(names).size === names.length);
          for (const step of result.campaign.steps) {
            const lasts = step.kind === 'wait' ? step.durationMs : step.kind === 'experiment' ? step.experiment.durationMs : 0;
            assert.ok(lasts >= 1000 && lasts <= 86_400_000);
          }
        } else {
          assert.ok(result.problems.length > 0);
          for (const { line, column, found, expected } of result.problems)
            assert.ok(line >= 1 && column >= 1 && found !== '' && expected !== '');
        }
      }),
      { numRuns: 800 },
    );
  }).timeout(30_000);
});
