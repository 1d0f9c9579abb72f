import assert from 'node:assert/strict';
import { parseCampaign } from '../../../src/campaign/parse.ts';
import type { Campaign, Step } from '../../../src/contracts/campaign.ts';

/** How an experiment of Chaos Toolkit uses a value of its configuration. */
const use = (name: string) => `\${${name}}`;

/** An activity that calls a function of chaosk8s. */
function activity(
  type: 'action' | 'probe',
  module: string,
  func: string,
  args: Record<string, unknown>,
  more: Record<string, unknown> = {},
) {
  return { type, name: func, provider: { type: 'python', module: `chaosk8s.${module}`, func, arguments: args }, ...more };
}

const kill = (args: Record<string, unknown> = {}, more: Record<string, unknown> = {}) =>
  activity('action', 'pod.actions', 'terminate_pods', { label_selector: 'app=cart', ns: 'shop', rand: true, ...args }, more);
const running = activity(
  'probe',
  'pod.probes',
  'pods_in_phase',
  { label_selector: 'app=cart', ns: 'shop', phase: 'Running' },
  { tolerance: true },
);

function experiment(method: unknown[], more: Record<string, unknown> = {}): string {
  return JSON.stringify({
    version: '1.0.0',
    title: 'Is the cart still there?',
    description: 'After one of its pods is lost',
    method,
    ...more,
  });
}

const hypothesis = (...probes: unknown[]) => ({ 'steady-state-hypothesis': { title: 'all is well', probes } });

function imported(text: string): Campaign {
  const result = parseCampaign(text);
  assert.ok(result.ok, JSON.stringify(result));
  assert.equal(result.campaign.dialect, 'chaos-toolkit');
  return result.campaign;
}

function experiments(steps: Step[]) {
  return steps.flatMap((step) => (step.kind === 'wait' ? [] : step.kind === 'parallel' ? step.experiments : [step.experiment]));
}

function first(text: string) {
  const [one] = experiments(imported(text).steps);
  assert.ok(one);
  return one;
}

function refusedAt(text: string, path: string, words: RegExp): void {
  const result = parseCampaign(text);
  assert.ok(!result.ok, JSON.stringify(result));
  const found = result.problems.map((problem) => `${problem.path}: found ${problem.found}, expected ${problem.expected}`);
  assert.ok(
    found.some((problem) => problem.startsWith(`${path}: `) && words.test(problem)),
    found.join('\n'),
  );
}

describe('Chaos Toolkit experiments', () => {
  it('the title is the name, the labels are the workload, the probes are the hypothesis', () => {
    const campaign = imported(experiment([kill()], hypothesis(running)));
    assert.equal(campaign.name, 'is-the-cart-still-there');
    assert.deepEqual(campaign.target, { cluster: 'default', namespace: 'shop', selector: 'app=cart' });
    assert.deepEqual(
      campaign.hypothesis.map(({ type, when }) => [type, when]),
      [['pods-ready', 'after']],
    );
    const [one] = experiments(campaign.steps);
    assert.deepEqual([one?.name, one?.fault, one?.selection], ['terminate-pods', 'pod-delete', { count: 1 }]);
  });

  it('is read from YAML as well', () => {
    const text = `title: lose a pod
method:
  - type: action
    name: terminate
    provider: { type: python, module: chaosk8s.pod.actions, func: terminate_pods, arguments: { label_selector: app=cart, rand: true } }
`;
    assert.equal(first(text).fault, 'pod-delete');
    assert.equal(imported(text).target.namespace, 'default');
  });

  describe('terminate_pods', () => {
    const selections: [Record<string, unknown>, Record<string, unknown>][] = [
      [{ qty: 2 }, { count: 2 }],
      [{ mode: 'percentage', qty: 50 }, { percent: 50 }],
      [{ all: true }, {}],
      [{ name_pattern: '^(cart-0|cart-1)$', all: true }, { names: ['cart-0', 'cart-1'] }],
      [{ name_pattern: '^cart-0$' }, { names: ['cart-0'] }],
    ];
    for (const [args, selection] of selections) {
      it(`chooses by ${JSON.stringify(args)}`, () => assert.deepEqual(first(experiment([kill(args)])).selection, selection));
    }
    it('gives the grace that is given, and the pod its own otherwise', () => {
      assert.equal(first(experiment([kill({ grace_period: 5 })])).parameters.gracePeriodSeconds, 5);
      assert.equal(first(experiment([kill({ grace_period: -1 })])).parameters.gracePeriodSeconds, undefined);
    });
    it('warns that the first by name are drawn instead', () => {
      assert.deepEqual(
        imported(experiment([kill({ rand: false })])).warnings.map(({ code }) => code),
        ['chaos-toolkit-differs'],
      );
    });
    const refused: [Record<string, unknown>, string, RegExp][] = [
      [{ label_selector: null }, 'method[0].provider.arguments', /no label_selector/],
      [{ name_pattern: 'cart-.*' }, 'method[0].provider.arguments.name_pattern', /names alone/],
      [{ order: 'oldest', rand: false }, 'method[0].provider.arguments.order', /age/],
      [{ mode: 'percentage', qty: 101 }, 'method[0].provider.arguments.qty', /percentage/],
      [{ quantity: 2 }, 'method[0].provider.arguments.quantity', /unknown key/],
      [{ grace_period: 'long' }, 'method[0].provider.arguments.grace_period', /"long"/],
    ];
    for (const [args, path, words] of refused) {
      it(`refuses ${JSON.stringify(args)}`, () => refusedAt(experiment([kill(args)]), path, words));
    }
  });

  it('drain_nodes and cordon_node are faults of nodes, and what undoes them changes nothing', () => {
    const drain = activity(
      'action',
      'node.actions',
      'drain_nodes',
      { name: 'worker-1', delete_pods_with_local_storage: true, timeout: 60 },
      { pauses: { after: 90 } },
    );
    const uncordon = activity('action', 'node.actions', 'uncordon_node', { name: 'worker-1' });
    const campaign = imported(experiment([drain], { ...hypothesis(running), rollbacks: [uncordon] }));
    const [one] = experiments(campaign.steps);
    assert.deepEqual([one?.fault, one?.selection, one?.durationMs], ['node-drain', { nodes: ['worker-1'] }, 90_000]);
    assert.deepEqual([one?.parameters.deleteEmptyDirData, one?.parameters.timeoutMs], [true, 60_000]);
    assert.ok(campaign.warnings.some(({ path, code }) => path === 'rollbacks[0].provider.func' && code === 'no-effect'));
    const cordon = activity('action', 'node.actions', 'cordon_node', { label_selector: 'disk=ssd' });
    assert.deepEqual(first(experiment([cordon], hypothesis(running))).selection, { nodeSelector: 'disk=ssd' });
    refusedAt(
      experiment([activity('action', 'node.actions', 'drain_nodes', {})], hypothesis(running)),
      'method[0].provider.arguments',
      /all nodes/,
    );
    refusedAt(experiment([kill()], { rollbacks: [uncordon] }), 'rollbacks[0].provider.func', /undoing of an action/);
  });

  it('scale_* is workload-scale of the workload named, deny_all_* is application-outage', () => {
    const scale = activity('action', 'statefulset.actions', 'scale_statefulset', { name: 'cart', replicas: 1, ns: 'shop' });
    const campaign = imported(experiment([scale]));
    assert.deepEqual(campaign.target, { cluster: 'default', namespace: 'shop', kind: 'StatefulSet', name: 'cart' });
    assert.deepEqual(experiments(campaign.steps)[0]?.parameters, { replicas: 1 });
    const deny = activity('action', 'networking.actions', 'deny_all_egress', { label_selectors: { app: 'cart' }, ns: 'shop' });
    const outage = first(experiment([deny]));
    assert.deepEqual([outage.fault, outage.parameters.direction], ['application-outage', 'egress']);
  });

  it('pauses are waits before, and how long a fault is left in place after', () => {
    const { steps } = imported(experiment([kill({}, { pauses: { before: 5, after: 20 } }), kill()]));
    assert.deepEqual(
      steps.map(({ kind }) => kind),
      ['wait', 'experiment', 'experiment'],
    );
    assert.deepEqual(
      experiments(steps).map(({ name, durationMs }) => [name, durationMs]),
      [
        ['terminate-pods', 20_000],
        ['terminate-pods-2', 30_000],
      ],
    );
  });

  describe('configuration', () => {
    const configuration = { ns: 'shop', label: 'app=cart', quantity: 2 };
    it('literal values stand where they are used', () => {
      const text = experiment([kill({ ns: use('ns'), label_selector: `${use('label')},tier=web`, qty: use('quantity') })], {
        configuration,
      });
      assert.equal(imported(text).target.selector, 'app=cart,tier=web');
      assert.deepEqual(first(text).selection, { count: 2 });
    });
    it('values from elsewhere are refused by name', () => {
      const env = { ns: { type: 'env', key: 'NAMESPACE' } };
      refusedAt(experiment([kill({ ns: use('ns') })], { configuration: env }), 'configuration.ns', /type env.*the value itself/);
    });
    it('a name that is not there is refused where it is used', () => {
      refusedAt(experiment([kill({ ns: use('nss') })], { configuration }), 'method[0].provider.arguments.ns', /nss.*did you mean ns/);
    });
  });

  describe('steady-state-hypothesis', () => {
    const http = (more: Record<string, unknown> = {}, tolerance: unknown = 200) => ({
      type: 'probe',
      name: 'shop answers',
      tolerance,
      provider: { type: 'http', url: 'http://shop/health', timeout: 3, ...more },
    });
    it('a probe by http expects its status, sampled by the strategy', () => {
      const runtime = { hypothesis: { strategy: 'continuously' } };
      const [probe] = imported(experiment([kill()], { ...hypothesis(http()), runtime })).hypothesis;
      assert.deepEqual(probe?.parameters, { url: 'http://shop/health', expectedStatus: 200 });
      assert.deepEqual([probe?.name, probe?.when, probe?.timeoutMs], ['shop-answers', 'continuous', 3000]);
    });
    it('a probe of a workload names it', () => {
      const healthy = activity(
        'probe',
        'deployment.probes',
        'deployment_available_and_healthy',
        { name: 'cart', ns: 'shop' },
        { tolerance: true },
      );
      const { target } = imported(experiment([kill()], hypothesis(healthy)));
      assert.deepEqual([target.kind, target.name, target.selector], ['Deployment', 'cart', 'app=cart']);
    });
    const refused: [string, unknown, string, RegExp][] = [
      ['a range of statuses', http({}, [200, 204]), 'tolerance', /one status/],
      ['a POST', http({ method: 'POST' }), 'provider.method', /GET/],
      ['headers', http({ headers: { a: 'b' } }), 'provider.headers', /plain GET/],
      ['an unverified certificate', http({ verify_tls: false }), 'provider.verify_tls', /verifies/],
      ['a process', { type: 'probe', name: 'a', tolerance: 0, provider: { type: 'process', path: 'ls' } }, 'provider.type', /process/],
      [
        'a count',
        activity('probe', 'pod.probes', 'count_pods', { label_selector: 'app=cart' }, { tolerance: 3 }),
        'provider.func',
        /count_pods/,
      ],
      ['a tolerance of false', { ...running, tolerance: false }, 'tolerance', /true/],
      [
        'another workload',
        activity('probe', 'pod.probes', 'pods_in_phase', { label_selector: 'app=db', ns: 'shop' }, { tolerance: true }),
        'provider.arguments.label_selector',
        /one workload/,
      ],
    ];
    for (const [what, probe, path, words] of refused) {
      it(`refuses ${what}`, () => refusedAt(experiment([kill()], hypothesis(probe)), `steady-state-hypothesis.probes[0].${path}`, words));
    }
  });

  const refused: [string, string, string, RegExp][] = [
    [
      'delete_nodes',
      experiment([activity('action', 'node.actions', 'delete_nodes', { label_selector: 'a=b' })]),
      'method[0].provider.func',
      /drain_nodes/,
    ],
    [
      'exec_in_pods',
      experiment([activity('action', 'pod.actions', 'exec_in_pods', { cmd: 'ls' })]),
      'method[0].provider.func',
      /no command/,
    ],
    [
      'a misspelt function',
      experiment([activity('action', 'pod.actions', 'terminate_pod', {})]),
      'method[0].provider.func',
      /did you mean terminate_pods/,
    ],
    [
      'another extension',
      experiment([{ ...kill(), provider: { type: 'python', module: 'chaosaws.ec2.actions', func: 'stop_instances' } }]),
      'method[0].provider.module',
      /chaosk8s/,
    ],
    ['a probe in the method', experiment([running]), 'method[0].type', /hypothesis/],
    ['background', experiment([kill({}, { background: true })]), 'method[0].background', /parallel/],
    ['controls', experiment([kill()], { controls: [{ name: 'trace' }] }), 'controls', /no code/],
    [
      'access to another cluster',
      experiment([kill()], { secrets: { k8s: { KUBERNETES_CONTEXT: 'prod' } } }),
      'secrets.k8s',
      /KUBERNETES_CONTEXT/,
    ],
    ['no action', experiment([]), 'method', /at least one action/],
    ['no title', experiment([kill()], { title: '' }), 'title', /text/],
    ['an unknown key', experiment([kill()], { rollback: [] }), 'rollback', /did you mean rollbacks/],
    ['two namespaces', experiment([kill(), kill({ ns: 'other' })]), 'method[1].provider.arguments.label_selector', /one workload/],
  ];
  for (const [what, text, path, words] of refused) it(`refuses ${what}`, () => refusedAt(text, path, words));
});
