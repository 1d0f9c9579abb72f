import assert from 'node:assert/strict';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { parseCampaign } from '../../../src/campaign/parse.ts';
import type { Problem } from '../../../src/campaign/problem.ts';
import type { Campaign, ExperimentSpec } from '../../../src/contracts/campaign.ts';
import { experimentsOf } from '../../../src/contracts/targets.ts';

type Mapping = Record<string, unknown>;

const selector = { namespaces: ['cache'], labelSelectors: { app: 'redis' } };

function chaos(kind: string, spec: Mapping): Mapping {
  return {
    apiVersion: 'chaos-mesh.org/v1alpha1',
    kind,
    metadata: { name: 'try-it', namespace: 'chaos-mesh' },
    spec: { mode: 'all', selector, duration: '30s', ...spec },
  };
}

const kill = (spec: Mapping = {}) => chaos('PodChaos', { action: 'pod-kill', ...spec });
const delay = { latency: '90ms', jitter: '10ms', correlation: '25' };
const slow = (spec: Mapping = {}) => chaos('NetworkChaos', { action: 'delay', delay, ...spec });

function taken(document: unknown): Campaign {
  const result = parseCampaign(stringify(document), { fileName: 'chaos.yaml' });
  assert.ok(result.ok, JSON.stringify(result));
  return result.campaign;
}

function experiments(document: unknown): ExperimentSpec[] {
  return experimentsOf(taken(document).steps);
}

function only(document: unknown): ExperimentSpec {
  const [experiment, ...others] = experiments(document);
  assert.ok(experiment !== undefined && others.length === 0);
  return experiment;
}

function problems(document: unknown): Problem[] {
  const result = parseCampaign(typeof document === 'string' ? document : stringify(document), { fileName: 'chaos.yaml' });
  assert.ok(!result.ok, 'was taken');
  return result.problems;
}

/** The warnings of the document, each as `code path`. */
function warned(document: unknown): string[] {
  return taken(document).warnings.map(({ code, path }) => `${code} ${path}`);
}

/** Those of the effective parameters that are named. */
function parameters(document: unknown, ...names: string[]): Mapping {
  const given = only(document).parameters;
  return Object.fromEntries(names.map((name) => [name, given[name]]));
}

describe('a chaos of Chaos Mesh', () => {
  it('becomes a campaign of one experiment', () => {
    assert.deepEqual(taken(kill({ mode: 'one', gracePeriod: 5 })), {
      name: 'try-it',
      dialect: 'chaos-mesh',
      target: { cluster: 'default', namespace: 'cache', selector: 'app=redis' },
      policy: { optIn: 'none', protectedPods: [] },
      hypothesis: [],
      steps: [
        {
          kind: 'experiment',
          experiment: {
            name: 'pod-delete',
            fault: 'pod-delete',
            selection: { count: 1 },
            parameters: { force: false, gracePeriodSeconds: 5 },
            durationMs: 30_000,
            recoveryTimeoutMs: 180_000,
            onFailure: 'continue',
            onRestart: 'reestablish',
          },
        },
      ],
      warnings: [],
    });
  });

  it('is read from JSON as from YAML', () => {
    const result = parseCampaign(JSON.stringify(kill()));
    assert.ok(result.ok);
    assert.deepEqual(result.campaign, taken(kill()));
  });

  it('ends, other than in Chaos Mesh, which a warning says', () => {
    const { duration: _, ...spec } = slow().spec as Mapping;
    const document = { ...slow(), spec };
    assert.equal(only(document).durationMs, 60_000);
    assert.deepEqual(warned(document), ['chaos-mesh-differs spec']);
  });

  it('is refused while it is paused', () => {
    const annotations = { 'experiment.chaos-mesh.org/pause': 'true' };
    const [problem] = problems({ ...kill(), metadata: { name: 'try-it', annotations } });
    assert.match(problem?.message ?? '', /found a chaos that is paused/);
  });
});

describe('the selector of Chaos Mesh', () => {
  const modes: [Mapping, Mapping][] = [
    [{ mode: 'one' }, { count: 1 }],
    [{ mode: 'all' }, {}],
    [{ mode: 'fixed', value: '2' }, { count: 2 }],
    [{ mode: 'fixed-percent', value: '50' }, { percent: 50 }],
    [{ mode: 'random-max-percent', value: '40' }, { percent: 40 }],
    [{ selector: { ...selector, nodes: ['worker-1'], nodeSelectors: { disk: 'ssd' } } }, { nodes: ['worker-1'], nodeSelector: 'disk=ssd' }],
    [{ selector: { ...selector, podPhaseSelectors: ['Running'] } }, {}],
    [{ selector: { ...selector, fieldSelectors: { 'spec.nodeName': 'worker-2' } } }, { nodes: ['worker-2'] }],
    [
      { mode: 'one', selector: { labelSelectors: { app: 'redis' }, pods: { cache: ['redis-0', 'redis-1'] } } },
      { names: ['redis-0', 'redis-1'], count: 1 },
    ],
  ];
  for (const [spec, selection] of modes) {
    it(`${JSON.stringify(spec)} is ${JSON.stringify(selection)}`, () => assert.deepEqual(only(kill(spec)).selection, selection));
  }

  it('takes expressions, as kubectl writes them', () => {
    const expressionSelectors = [
      { key: 'tier', operator: 'In', values: ['cache', 'db'] },
      { key: 'zone', operator: 'NotIn', values: ['a'] },
      { key: 'redis', operator: 'Exists' },
      { key: 'legacy', operator: 'DoesNotExist' },
    ];
    assert.equal(
      taken(kill({ selector: { namespaces: ['cache'], expressionSelectors } })).target.selector,
      'tier in (cache,db),zone notin (a),redis,!legacy',
    );
  });

  it('names a pod alone', () => {
    const campaign = taken(kill({ mode: 'one', selector: { pods: { cache: ['redis-0'] } } }));
    assert.deepEqual(campaign.target, { cluster: 'default', namespace: 'cache', kind: 'Pod', name: 'redis-0' });
  });

  it("means the document's namespace where it names none", () => {
    assert.equal(taken(kill({ selector: { labelSelectors: { app: 'redis' } } })).target.namespace, 'chaos-mesh');
  });

  it('is warned of where Chaos Mesh would draw how many', () => {
    assert.deepEqual(warned(kill({ mode: 'random-max-percent', value: '40' })), ['chaos-mesh-differs spec.value']);
  });

  it('chooses a container for a fault that goes into one', () => {
    assert.deepEqual(only(chaos('PodChaos', { action: 'container-kill', containerNames: ['redis'] })).selection, { container: 'redis' });
    assert.deepEqual(warned(kill({ containerNames: ['redis'] })), ['no-effect spec.containerNames']);
  });
});

describe('NetworkChaos', () => {
  const actions: [string, Mapping, string, Mapping][] = [
    ['delay', { delay }, 'pod-network-latency', { latencyMs: 90, jitterMs: 10, correlationPercent: 25, direction: 'egress' }],
    ['loss', { loss: { loss: '12.5', correlation: '50' } }, 'pod-network-loss', { percent: 12.5, correlationPercent: 50 }],
    ['duplicate', { duplicate: { duplicate: '40' } }, 'pod-network-duplication', { percent: 40 }],
    ['corrupt', { corrupt: { corrupt: '40' } }, 'pod-network-corruption', { percent: 40 }],
    [
      'bandwidth',
      { bandwidth: { rate: '1mbps', limit: 20971520, buffer: 10000 } },
      'pod-network-rate-limit',
      { rateBitsPerSecond: 8_000_000, limitBytes: 20971520, burstBytes: 10000 },
    ],
    ['partition', {}, 'pod-network-partition', { direction: 'egress' }],
    [
      'delay',
      { delay: { latency: '10ms', reorder: { reorder: '50', gap: 5, correlation: '10' } } },
      'pod-network-reorder',
      { latencyMs: 10, percent: 50, gap: 5, correlationPercent: 10 },
    ],
    ['netem', { rate: { rate: '10mbit' } }, 'pod-network-rate-limit', { rateBitsPerSecond: 10_000_000 }],
  ];
  for (const [action, spec, fault, expected] of actions) {
    it(`${action} with ${Object.keys(spec).join(', ') || 'nothing'} is ${fault}`, () => {
      const document = chaos('NetworkChaos', { action, ...spec });
      assert.equal(only(document).fault, fault);
      assert.deepEqual(parameters(document, ...Object.keys(expected)), expected);
    });
  }

  it('goes both ways, with the pods of the target, on a device', () => {
    const target = { mode: 'all', selector: { namespaces: ['cache'], labelSelectors: { app: 'shop' } } };
    const document = slow({ direction: 'both', target, device: 'eth1@if7' });
    assert.deepEqual(parameters(document, 'direction', 'peers', 'interface'), { direction: 'both', peers: 'app=shop', interface: 'eth1' });
  });

  it('knows addresses, hosts and their one port', () => {
    const document = slow({ externalTargets: ['10.0.0.0/8:443', 'example.com:443', '[fd00::1]:443'] });
    const expected = { cidrs: ['10.0.0.0/8', 'fd00::1'], hosts: ['example.com'], ports: ['443'] };
    assert.deepEqual(parameters(document, 'cidrs', 'hosts', 'ports'), expected);
  });

  it('does several impairments together', () => {
    const document = slow({ action: 'netem', loss: { loss: '5' } });
    assert.deepEqual(
      taken(document).steps.map(({ kind }) => kind),
      ['parallel'],
    );
    assert.deepEqual(
      experiments(document).map(({ fault }) => fault),
      ['pod-network-latency', 'pod-network-loss'],
    );
  });

  it('leaves a correlation without jitter out, as netem does, and says so', () => {
    assert.deepEqual(warned(slow({ delay: { latency: '10ms', jitter: '0ms', correlation: '100' } })), ['no-effect spec.delay.correlation']);
    assert.equal(only(slow({ delay: { latency: '10ms', jitter: '0', correlation: '100' } })).parameters.correlationPercent, 0);
  });
});

describe('StressChaos, DNSChaos and HTTPChaos', () => {
  it('stress a container', () => {
    const stressors = { cpu: { workers: 2, load: 60 }, memory: { workers: 4, size: '256MB' } };
    const document = chaos('StressChaos', { stressors, containerNames: ['redis'] });
    assert.deepEqual(
      experiments(document).map(({ fault, selection, parameters }) => [fault, selection, parameters]),
      [
        ['pod-cpu-hog', { container: 'redis' }, { cores: 2, loadPercent: 60 }],
        ['pod-memory-hog', { container: 'redis' }, { memory: '256000000', workers: 4, rampMs: 0 }],
      ],
    );
  });

  for (const [size, memory] of [
    ['1GiB', '1073741824'],
    ['64kb', '64000'],
    ['512', '512'],
    ['25%', '25%'],
  ]) {
    it(`hold ${size} of memory`, () => {
      assert.equal(only(chaos('StressChaos', { stressors: { memory: { workers: 1, size } } })).parameters.memory, memory);
    });
  }

  it('let names fail, or answer them at random', () => {
    const failing = chaos('DNSChaos', { action: 'error', patterns: ['example.com'] });
    assert.deepEqual(parameters(failing, 'names', 'answer', 'match'), { names: ['example.com'], answer: 'servfail', match: 'exact' });
    const random = chaos('DNSChaos', { action: 'random', patterns: ['example.*', 'git?ub.com'] });
    assert.deepEqual(parameters(random, 'names', 'answer', 'match'), {
      names: ['example.*', 'git?ub.com'],
      answer: 'random',
      match: 'glob',
    });
    assert.equal(only(chaos('DNSChaos', { action: 'error' })).parameters.names, undefined);
  });

  const request = { target: 'Response', port: 8080, path: '/api/*', method: 'GET' };
  const https: [Mapping, [string, Mapping][]][] = [
    [{ delay: '300ms' }, [['pod-http-latency', { latencyMs: 300, port: 8080, path: '/api/*', methods: ['GET'] }]]],
    [{ target: 'Request', abort: true }, [['pod-http-reset-peer', { afterMs: 0 }]]],
    [{ target: 'Request', abort: true, delay: '1s' }, [['pod-http-reset-peer', { afterMs: 1000 }]]],
    [{ replace: { code: 503 } }, [['pod-http-status-code', { statusCode: 503, modifyBody: false }]]],
    [{ replace: { code: 503, body: 'b29wcw==' } }, [['pod-http-status-code', { statusCode: 503, modifyBody: true, body: 'oops' }]]],
    [
      { replace: { body: 'e30=', headers: { 'Content-Type': 'application/json' } } },
      [['pod-http-modify-body', { body: '{}', contentType: 'application/json' }]],
    ],
    [{ target: 'Request', replace: { headers: { 'X-Region': 'nowhere' } } }, [['pod-http-modify-header', { mode: 'request' }]]],
    [
      { patch: { headers: [['X-Region', 'nowhere']] } },
      [['pod-http-modify-header', { headers: { 'X-Region': 'nowhere' }, mode: 'response' }]],
    ],
    [
      { delay: '1s', replace: { code: 500, headers: { 'X-Region': 'nowhere' } } },
      [
        ['pod-http-latency', { latencyMs: 1000 }],
        ['pod-http-status-code', { statusCode: 500 }],
        ['pod-http-modify-header', { headers: { 'X-Region': 'nowhere' } }],
      ],
    ],
  ];
  for (const [spec, expected] of https) {
    it(`${JSON.stringify(spec)} of HTTP is ${expected.map(([fault]) => fault).join(' and ')}`, () => {
      const read = experiments(chaos('HTTPChaos', { ...request, ...spec }));
      assert.deepEqual(
        read.map(({ fault, parameters }, index) => [
          fault,
          Object.fromEntries(Object.keys(expected[index]?.[1] ?? {}).map((name) => [name, parameters[name]])),
        ]),
        expected,
      );
    });
  }
});

describe('a Schedule of Chaos Mesh', () => {
  it('is run once, and its schedule is named', () => {
    const podChaos = { mode: 'one', action: 'pod-kill', selector };
    const spec = { schedule: '*/5 * * * *', type: 'PodChaos', concurrencyPolicy: 'Forbid', podChaos };
    const document = { ...chaos('Schedule', {}), spec };
    const [warning] = taken(document).warnings;
    assert.equal(warning?.path, 'spec.schedule');
    assert.match(warning?.message ?? '', /"\*\/5 \* \* \* \*": Chaos Mesh would do this again and again; squall runs it once/);
    assert.equal(only(document).fault, 'pod-delete');
  });
});

const inner = (spec: Mapping): Mapping => ({ mode: 'all', selector, ...spec });

function workflow(...templates: Mapping[]): Mapping {
  return {
    apiVersion: 'chaos-mesh.org/v1alpha1',
    kind: 'Workflow',
    metadata: { name: 'try-it' },
    spec: { entry: 'entry', templates },
  };
}

const serial = (...children: string[]) => ({ name: 'entry', templateType: 'Serial', children });
const parallel = (...children: string[]) => ({ name: 'entry', templateType: 'Parallel', children });
const killing = { name: 'kill-one', templateType: 'PodChaos', deadline: '20s', podChaos: inner({ action: 'pod-kill' }) };
const slowing = { name: 'Slow it', templateType: 'NetworkChaos', deadline: '40s', networkChaos: inner({ action: 'delay', delay }) };
const pause = { name: 'breathe', templateType: 'Suspend', deadline: '10s' };
const check = (mode: string, more: Mapping = {}) => ({
  name: 'shop answers',
  templateType: 'StatusCheck',
  statusCheck: {
    mode,
    type: 'HTTP',
    failureThreshold: 1,
    intervalSeconds: 2,
    http: { url: 'http://shop.cache.svc', criteria: { statusCode: '200' } },
  },
  ...more,
});

describe('a Workflow of Chaos Mesh', () => {
  it('is steps in order, its deadlines their durations', () => {
    const { steps } = taken(workflow(serial('kill-one', 'breathe', 'Slow it', 'kill-one'), killing, slowing, pause));
    assert.deepEqual(
      steps.map((step) => (step.kind === 'experiment' ? [step.experiment.name, step.experiment.durationMs] : step)),
      [['kill-one', 20_000], { kind: 'wait', durationMs: 10_000 }, ['slow-it', 40_000], ['kill-one-2', 20_000]],
    );
  });

  it('is experiments side by side', () => {
    const { steps, warnings } = taken(workflow({ ...parallel('kill-one', 'Slow it'), deadline: '40s' }, killing, slowing));
    const [step] = steps;
    assert.ok(step?.kind === 'parallel' && steps.length === 1);
    assert.deepEqual(
      step.experiments.map(({ name }) => name),
      ['kill-one', 'slow-it'],
    );
    assert.deepEqual(
      warnings.map(({ code, path }) => [code, path]),
      [['no-effect', 'spec.templates[0].deadline']],
    );
  });

  it('says of a template that nothing leads to that it is not done', () => {
    assert.deepEqual(warned(workflow(serial('kill-one'), killing, slowing)), ['no-effect spec.templates[2]']);
  });

  it('repeats what a Schedule in it repeats', () => {
    const schedule = { schedule: '@every 5s', type: 'PodChaos', podChaos: inner({ action: 'pod-kill', mode: 'one' }) };
    const { durationMs, repeatEveryMs } = only(
      workflow(serial('again'), { name: 'again', templateType: 'Schedule', deadline: '30s', schedule }),
    );
    assert.deepEqual({ durationMs, repeatEveryMs }, { durationMs: 30_000, repeatEveryMs: 5000 });
  });

  it('judges an experiment by the StatusCheck beside it', () => {
    const [step] = taken(workflow(parallel('Slow it', 'shop answers'), slowing, check('Continuous', { abortWithStatusCheck: true }))).steps;
    assert.ok(step?.kind === 'experiment');
    assert.equal(step.experiment.onFailure, 'stop');
    assert.deepEqual(step.experiment.hypothesis, [
      {
        name: 'shop-answers',
        type: 'http',
        parameters: { url: 'http://shop.cache.svc', expectedStatus: 200 },
        when: 'during',
        tolerance: { comparator: 'succeeds', successPercent: 100 },
        weight: 10,
        intervalMs: 2000,
        timeoutMs: 1000,
      },
    ]);
  });

  it('judges an experiment by the StatusCheck after it', () => {
    const [step] = taken(workflow(serial('kill-one', 'breathe', 'shop answers'), killing, pause, check('Synchronous'))).steps;
    assert.ok(step?.kind === 'experiment');
    assert.equal(step.experiment.hypothesis?.[0]?.when, 'after');
  });

  it('has as its target what all its chaos have in common', () => {
    const labelSelectors = { app: 'redis', role: 'replica' };
    const replicas = { ...killing, podChaos: inner({ action: 'pod-kill', selector: { namespaces: ['cache'], labelSelectors } }) };
    const campaign = taken(workflow(serial('kill-one', 'Slow it'), replicas, slowing));
    assert.deepEqual(campaign.target, { cluster: 'default', namespace: 'cache', selector: 'app=redis' });
    assert.deepEqual(
      campaign.steps.map((step) => (step.kind === 'experiment' ? step.experiment.selection : step)),
      [{ selector: 'role=replica' }, {}],
    );
  });
});

describe('what squall cannot do of Chaos Mesh', () => {
  const target = { mode: 'all', selector: { labelSelectors: { app: 'shop' } } };
  const http = (spec: Mapping) => chaos('HTTPChaos', { target: 'Response', port: 80, ...spec });
  const task = { name: 'run', templateType: 'Task', task: { container: { name: 'main', image: 'busybox' } } };
  const scheduled = (schedule: string, type: string, spec: Mapping, deadline?: string) =>
    workflow(serial('again'), {
      name: 'again',
      templateType: 'Schedule',
      ...(deadline === undefined ? {} : { deadline }),
      schedule: { schedule, type, ...spec },
    });
  const otherPods = {
    ...killing,
    podChaos: inner({ action: 'pod-kill', selector: { namespaces: ['cache'], labelSelectors: { app: 'shop' } } }),
  };
  const otherNamespace = { ...killing, podChaos: inner({ action: 'pod-kill', selector: { ...selector, namespaces: ['db'] } }) };

  const refused: [string, Mapping, string, RegExp][] = [
    ['another version', { ...kill(), apiVersion: 'chaos-mesh.org/v1' }, 'apiVersion', /expected chaos-mesh.org\/v1alpha1/],
    [
      'a kind without a fault',
      chaos('IOChaos', {}),
      'kind',
      /found "IOChaos", expected one of PodChaos, .*pod-io-stress and disk-fill are nearest/,
    ],
    ['a misspelt kind', chaos('PodChoas', {}), 'kind', /did you mean PodChaos\?/],
    ['an unknown key', kill({ gracePeriods: 5 }), 'spec.gracePeriods', /did you mean gracePeriod\?/],
    ['pod-failure', kill({ action: 'pod-failure' }), 'spec.action', /nearest to it is its fault process-pause/],
    ['a remote cluster', kill({ remoteCluster: 'other' }), 'spec.remoteCluster', /expected no remote cluster/],
    [
      'several namespaces',
      kill({ selector: { ...selector, namespaces: ['a', 'b'] } }),
      'spec.selector.namespaces',
      /found 2 namespaces, expected one namespace/,
    ],
    ['a namespace of a bad name', kill({ selector: { ...selector, namespaces: ['A_B'] } }), 'spec.selector.namespaces[0]', /found "A_B"/],
    [
      'no namespace',
      { ...kill({ selector: { labelSelectors: { a: 'b' } } }), metadata: { name: 'x' } },
      'spec.selector',
      /found no namespaces/,
    ],
    ['no labels', kill({ selector: { namespaces: ['cache'] } }), 'spec.selector', /found no labels/],
    ['a label that is none', kill({ selector: { labelSelectors: { app: 'a b' } } }), 'spec.selector.labelSelectors.app', /found "a b"/],
    [
      'annotations',
      kill({ selector: { ...selector, annotationSelectors: { a: 'b' } } }),
      'spec.selector.annotationSelectors',
      /chooses pods by labels/,
    ],
    [
      'a phase',
      kill({ selector: { ...selector, podPhaseSelectors: ['Pending'] } }),
      'spec.selector.podPhaseSelectors[0]',
      /found "Pending", expected Running/,
    ],
    [
      'another field',
      kill({ selector: { ...selector, fieldSelectors: { 'status.phase': 'x' } } }),
      'spec.selector.fieldSelectors.status.phase',
      /unknown key/,
    ],
    [
      'an operator',
      kill({ selector: { ...selector, expressionSelectors: [{ key: 'a', operator: 'Gt' }] } }),
      'spec.selector.expressionSelectors[0].operator',
      /found "Gt"/,
    ],
    [
      'pods of two namespaces',
      kill({ selector: { ...selector, pods: { a: ['x'], b: ['y'] } } }),
      'spec.selector.pods',
      /found 2 namespaces/,
    ],
    ['a mode', kill({ mode: 'some' }), 'spec.mode', /found "some", expected one of one, all/],
    ['a mode without its value', kill({ mode: 'fixed' }), 'spec.value', /found nothing, expected a whole number of at least 1/],
    ['a duration without a unit', kill({ duration: '30' }), 'spec.duration', /found "30", expected a duration/],
    ['a grace period', kill({ gracePeriod: -1 }), 'spec.gracePeriod', /found -1/],
    [
      'two containers',
      chaos('PodChaos', { action: 'container-kill', containerNames: ['a', 'b'] }),
      'spec.containerNames',
      /found 2 containers, expected one/,
    ],
    ['a latency', slow({ delay: { latency: '5 parsecs' } }), 'spec.delay.latency', /found "5 parsecs", expected a duration/],
    ['a jitter above the latency', slow({ delay: { latency: '5ms', jitter: '1s' } }), 'spec.delay.jitter', /at most the latency/],
    ['no latency', slow({ delay: {} }), 'spec.delay.latency', /expected the latency/],
    [
      'jitter beside reorder',
      slow({ delay: { latency: '5ms', jitter: '1ms', reorder: { reorder: '5' } } }),
      'spec.delay.jitter',
      /no jitter beside reorder/,
    ],
    [
      'a share of packets',
      chaos('NetworkChaos', { action: 'loss', loss: { loss: '101' } }),
      'spec.loss.loss',
      /found "101", expected a percentage/,
    ],
    ['an action without its part', chaos('NetworkChaos', { action: 'loss' }), 'spec.action', /found no loss beside the action/],
    ['a part without its action', slow({ action: 'partition' }), 'spec.delay', /no such key with the action partition/],
    [
      'two impairments on some pods',
      slow({ action: 'netem', mode: 'one', loss: { loss: '5' } }),
      'spec.mode',
      /choose the pods of each for itself/,
    ],
    [
      'a peak rate',
      chaos('NetworkChaos', { action: 'bandwidth', bandwidth: { rate: '1mbps', limit: 9000, buffer: 9000, peakrate: 1 } }),
      'spec.bandwidth.peakrate',
      /one bucket/,
    ],
    [
      'a rate',
      chaos('NetworkChaos', { action: 'bandwidth', bandwidth: { rate: '1mb', limit: 9000, buffer: 9000 } }),
      'spec.bandwidth.rate',
      /found "1mb", expected a bandwidth/,
    ],
    ['one of the peers', slow({ target: { ...target, mode: 'one' } }), 'spec.target.mode', /found "one", expected all/],
    [
      'peers elsewhere',
      slow({ target: { mode: 'all', selector: { ...target.selector, namespaces: ['db'] } } }),
      'spec.target.selector.namespaces',
      /found the namespace db, expected cache/,
    ],
    [
      'peers by node',
      slow({ target: { mode: 'all', selector: { ...target.selector, nodes: ['a'] } } }),
      'spec.target.selector.nodes',
      /labels alone/,
    ],
    ['a device of the target', slow({ targetDevice: 'eth1' }), 'spec.targetDevice', /not at those of the target/],
    ['an address', slow({ externalTargets: ['example.com', '10.0.0.1/8'] }), 'spec.externalTargets[1]', /found "10.0.0.1\/8"/],
    ['several ports', slow({ externalTargets: ['a.example:80', 'b.example:81'] }), 'spec.externalTargets[1]', /the same port everywhere/],
    [
      'stress-ng',
      chaos('StressChaos', { stressors: { cpu: { workers: 1 } }, stressngStressors: '--cpu 1' }),
      'spec.stressngStressors',
      /runs no stress-ng/,
    ],
    ['no workers', chaos('StressChaos', { stressors: { cpu: { workers: 0 } } }), 'spec.stressors.cpu.workers', /found 0/],
    [
      'a load',
      chaos('StressChaos', { stressors: { cpu: { workers: 1, load: 200 } } }),
      'spec.stressors.cpu.load',
      /found 200, expected a percentage/,
    ],
    ['no size', chaos('StressChaos', { stressors: { memory: { workers: 1 } } }), 'spec.stressors.memory', /found no size/],
    ['a size', chaos('StressChaos', { stressors: { memory: { workers: 1, size: 'much' } } }), 'spec.stressors.memory.size', /found "much"/],
    ['a container of DNS', chaos('DNSChaos', { action: 'error', containerNames: ['redis'] }), 'spec.containerNames', /acts on whole pods/],
    ['a name that is none', chaos('DNSChaos', { action: 'error', patterns: ['a b'] }), 'spec.patterns', /found "a b"/],
    ['no action of HTTP', http({}), 'spec', /found no action/],
    ['no port', chaos('HTTPChaos', { target: 'Request', abort: true }), 'spec.port', /the port the container listens on/],
    ['a response cut off', http({ abort: true }), 'spec.abort', /resets before the request reaches the app/],
    [
      'abort and a code',
      http({ target: 'Request', abort: true, patch: { headers: [['a', 'b']] } }),
      'spec.patch',
      /no response comes back/,
    ],
    ['responses by their code', http({ delay: '1s', code: 404 }), 'spec.code', /chooses requests by these/],
    ['TLS', http({ delay: '1s', tls: { secretName: 'a' } }), 'spec.tls', /plain HTTP/],
    ['another path', http({ replace: { path: '/b' } }), 'spec.replace.path', /leads no request to another path/],
    ['a body that is not base64', http({ replace: { body: '{}' } }), 'spec.replace.body', /in base64/],
    ['a body in part', http({ patch: { body: { type: 'JSON', value: '{}' } } }), 'spec.patch.body', /in place of the whole/],
    [
      'a header twice',
      http({
        patch: {
          headers: [
            ['a', 'b'],
            ['a', 'c'],
          ],
        },
      }),
      'spec.patch.headers[1]',
      /a second time/,
    ],
    ['a code of a request', http({ target: 'Request', replace: { code: 500 } }), 'spec.replace.code', /code with the target Request/],
    ['a Task', workflow(serial('run'), task), 'spec.templates[1].templateType', /found Task, expected no Task/],
    ['no such template', workflow(serial('kil-one'), killing), 'spec.templates[0].children[0]', /did you mean kill-one\?/],
    ['a circle', workflow({ ...serial('entry'), name: 'entry' }), 'spec.templates[0].children[0]', /which leads to itself/],
    ['a name twice', workflow(serial('kill-one'), killing, killing), 'spec.templates[2].name', /a second time/],
    ['no chaos', workflow(serial('breathe'), pause), 'spec.entry', /which does no chaos/],
    ['a wait beside a chaos', workflow(parallel('kill-one', 'breathe'), killing, pause), 'spec.templates[0].children[1]', /found a wait/],
    [
      'a deadline before its children',
      workflow({ ...serial('kill-one'), deadline: '5s' }, killing),
      'spec.templates[0].deadline',
      /expected at least 20s/,
    ],
    [
      'a StatusCheck of nothing',
      workflow(serial('shop answers', 'kill-one'), killing, check('Synchronous')),
      'spec.templates[2].statusCheck',
      /that no chaos has/,
    ],
    [
      'a POST',
      workflow(parallel('kill-one', 'c'), killing, {
        name: 'c',
        templateType: 'StatusCheck',
        statusCheck: { mode: 'Continuous', http: { url: 'http://a', method: 'POST', criteria: { statusCode: '200' } } },
      }),
      'spec.templates[2].statusCheck.http.method',
      /found "POST", expected GET/,
    ],
    [
      'a range of statuses',
      workflow(parallel('kill-one', 'c'), killing, {
        name: 'c',
        templateType: 'StatusCheck',
        statusCheck: { mode: 'Continuous', http: { url: 'http://a', criteria: { statusCode: '200-299' } } },
      }),
      'spec.templates[2].statusCheck.http.criteria.statusCode',
      /expected one status/,
    ],
    [
      'two workloads',
      workflow(serial('Slow it', 'kill-one'), slowing, otherPods),
      'spec.templates[2].podChaos.selector',
      /found pods with app=shop beside pods with app=redis/,
    ],
    [
      'two namespaces',
      workflow(serial('Slow it', 'kill-one'), slowing, otherNamespace),
      'spec.templates[2].podChaos.selector',
      /the namespace db beside cache/,
    ],
    [
      'a cron inside',
      scheduled('*/5 * * * *', 'PodChaos', { podChaos: inner({ action: 'pod-kill' }) }, '30s'),
      'spec.templates[1].schedule.schedule',
      /a period such as/,
    ],
    [
      'what holds, again',
      scheduled('@every 5s', 'NetworkChaos', { networkChaos: inner({ action: 'partition', duration: '2s' }) }, '30s'),
      'spec.templates[1].schedule.schedule',
      /repeats what is done in an instant/,
    ],
    [
      'a Schedule for ever',
      scheduled('@every 5s', 'PodChaos', { podChaos: inner({ action: 'pod-kill' }) }),
      'spec.templates[1].schedule',
      /without a deadline/,
    ],
  ];
  for (const [name, document, path, message] of refused) {
    it(`${name}: a problem at ${path}`, () => {
      const all = problems(document);
      const found = all.find((problem) => problem.path === path && message.test(problem.message));
      assert.ok(found, all.map((problem) => problem.message).join('\n'));
      // on the line of its key, or of what the key is missing in; items of lists have no key
      const line = stringify(document)
        .split('\n')
        .slice(Math.max(0, found.line - 2), found.line)
        .join('\n');
      const [last = '', parent = ''] = path.split('.').toReversed();
      assert.ok(last.endsWith(']') || line.includes(last) || line.includes(parent.replace(/\[.*/, '')), line);
    });
  }

  it('is said with its line, all at once', () => {
    const text = `apiVersion: chaos-mesh.org/v1alpha1
kind: NetworkChaos
metadata:
  name: slow
spec:
  action: delay
  mode: al
  selector:
    namespaces: [cache]
    labelSelectors: { app: redis }
  delay:
    latency: 90
  remoteCluster: east
`;
    assert.deepEqual(
      problems(text).map(({ message }) => message.replace(/, expected.*/, '')),
      [
        'chaos.yaml:7:9 spec.mode: found "al"',
        'chaos.yaml:12:14 spec.delay.latency: found 90',
        'chaos.yaml:13:3 spec.remoteCluster: found remoteCluster',
      ],
    );
  });

  it('does not take long to say of a Workflow that grows without end', () => {
    const templates = Array.from({ length: 60 }, (_, index) => ({
      name: index === 0 ? 'entry' : `t${index}`,
      templateType: 'Serial',
      children: index === 59 ? ['kill-one', 'kill-one'] : [`t${index + 1}`, `t${index + 1}`],
    }));
    const all = problems(workflow(...templates, killing));
    assert.ok(all.some(({ message }) => /more than 500 experiments/.test(message)));
  });
});

describe('any document of Chaos Mesh', () => {
  const word = fc.constantFrom(
    'one',
    'all',
    'fixed',
    'to',
    'both',
    'pod-kill',
    'delay',
    'netem',
    'partition',
    'Request',
    'kill-one',
    '30s',
    '25',
    'redis',
    '',
    '*',
  );
  const leaf = fc.oneof(word, fc.string({ maxLength: 8 }), fc.integer(), fc.boolean(), fc.constant(null));
  const key = fc.constantFrom(
    ...[
      'action',
      'mode',
      'value',
      'selector',
      'namespaces',
      'labelSelectors',
      'expressionSelectors',
      'pods',
      'nodes',
      'duration',
      'delay',
      'latency',
    ],
    ...[
      'loss',
      'reorder',
      'target',
      'externalTargets',
      'stressors',
      'cpu',
      'memory',
      'workers',
      'patterns',
      'port',
      'replace',
      'headers',
      'patch',
    ],
    ...[
      'entry',
      'templates',
      'name',
      'templateType',
      'children',
      'schedule',
      'type',
      'podChaos',
      'statusCheck',
      'http',
      'containerNames',
      'toString',
    ],
  );
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof({ maxDepth: 6 }, leaf, fc.array(tie('value'), { maxLength: 4 }), fc.dictionary(key, tie('value'), { maxKeys: 8 })),
  }));
  const kinds = ['PodChaos', 'NetworkChaos', 'StressChaos', 'DNSChaos', 'HTTPChaos', 'Schedule', 'Workflow', 'IOChaos'];

  /** Puts the value somewhere into the document, by what `choices` say. */
  function graft(document: unknown, choices: readonly number[], value: unknown): unknown {
    const [choice = 0, ...rest] = choices;
    if (rest.length === 0 || typeof document !== 'object' || document === null) return value;
    const keys = Object.keys(document);
    if (keys.length === 0) return value;
    const at = keys[choice % keys.length] ?? '';
    if (Array.isArray(document)) return document.map((item: unknown, index) => (String(index) === at ? graft(item, rest, value) : item));
    return { ...document, [at]: graft((document as Mapping)[at], rest, value) };
  }

  const valid = [
    kill({ mode: 'one', containerNames: ['redis'] }),
    slow({ action: 'netem', loss: { loss: '5' }, target: { mode: 'all', selector } }),
    slow({ delay: { latency: '5ms', reorder: { reorder: '5', gap: 1 } }, externalTargets: ['10.0.0.1:80'] }),
    chaos('StressChaos', { stressors: { cpu: { workers: 1 }, memory: { workers: 1, size: '1MB' } } }),
    chaos('DNSChaos', { action: 'error', patterns: ['a.*'] }),
    chaos('HTTPChaos', {
      target: 'Response',
      port: 80,
      replace: { code: 500, body: 'e30=' },
      patch: { headers: [['a', 'b']] },
    }),
    workflow(serial('kill-one', 'breathe', 'Slow it', 'shop answers'), killing, slowing, pause, check('Synchronous')),
  ];
  it('is taken when it is good', () => {
    for (const document of valid) taken(document);
  });

  const holds = (document: unknown) => {
    const result = parseCampaign(JSON.stringify(document));
    if (result.ok) {
      const names = experimentsOf(result.campaign.steps).map(({ name }) => name);
      assert.ok(names.length > 0 && new Set(names).size === names.length);
      assert.ok(result.campaign.target.selector !== undefined || result.campaign.target.name !== undefined);
    } else {
      assert.ok(result.problems.length > 0);
      for (const { line, column, found, expected } of result.problems)
        assert.ok(line >= 1 && column >= 1 && found !== '' && expected !== '');
    }
  };

  it('is a campaign or problems, whatever its spec', () => {
    fc.assert(
      fc.property(fc.constantFrom(...kinds), value, (kind, spec) =>
        holds({ apiVersion: 'chaos-mesh.org/v1alpha1', kind, metadata: { name: 'a' }, spec }),
      ),
      { numRuns: 300 },
    );
  }).timeout(30_000);

  it('is a campaign or problems, when something in a good one is another', () => {
    fc.assert(
      fc.property(fc.constantFrom(...valid), fc.array(fc.nat(20), { minLength: 2, maxLength: 7 }), value, (document, choices, other) =>
        holds(graft(document, choices, other)),
      ),
      { numRuns: 500 },
    );
  }).timeout(30_000);
});
