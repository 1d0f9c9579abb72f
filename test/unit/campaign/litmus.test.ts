import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { parse as parseYaml } from 'yaml';
import { parseCampaign } from '../../../src/campaign/parse.ts';
import type { Problem } from '../../../src/campaign/problem.ts';
import type { Campaign, ExperimentSpec, Warning } from '../../../src/contracts/campaign.ts';

const briefText = readFileSync(new URL('../../../examples/redis/brief/chaos-engine.yaml', import.meta.url), 'utf8');

interface Part {
  name?: string;
  env?: Record<string, unknown>;
  probe?: unknown[];
  components?: Record<string, unknown>;
}

/** A ChaosEngine of one experiment, as JSON. */
/** What every fault of the network has where nothing else is said: all packets that leave the pod. */
const wholeNetwork = { percent: 100, correlationPercent: 0, direction: 'egress', protocol: 'any' };

function engine(part: Part = {}, spec: Record<string, unknown> = {}): string {
  const env = Object.entries(part.env ?? {}).map(([name, value]) => ({ name, value }));
  const experiment = {
    name: part.name ?? 'pod-network-latency',
    spec: { ...(part.probe === undefined ? {} : { probe: part.probe }), components: { ...part.components, env } },
  };
  return JSON.stringify({
    apiVersion: 'litmuschaos.io/v1alpha1',
    kind: 'ChaosEngine',
    metadata: { name: 'engine', namespace: 'litmus' },
    spec: {
      appinfo: { appns: 'default', applabel: 'app=redis', appkind: 'statefulset' },
      engineState: 'active',
      experiments: [experiment],
      ...spec,
    },
  });
}

function imported(text: string): Campaign {
  const result = parseCampaign(text, { fileName: 'engine.yaml' });
  assert.ok(result.ok, JSON.stringify(result));
  return result.campaign;
}

function experiment(part: Part, spec?: Record<string, unknown>): ExperimentSpec & { warnings: Warning[] } {
  const { steps, warnings } = imported(engine(part, spec));
  const [step] = steps;
  assert.ok(step?.kind === 'experiment');
  return { ...step.experiment, warnings };
}

function problems(text: string): Problem[] {
  const result = parseCampaign(text, { fileName: 'engine.yaml' });
  assert.ok(!result.ok, 'was taken');
  return result.problems;
}

function theProblem(part: Part, spec?: Record<string, unknown>): Problem {
  const all = problems(engine(part, spec));
  const [problem] = all;
  assert.ok(problem && all.length === 1, all.map(({ message }) => message).join('\n'));
  return problem;
}

function warningOf(warnings: Warning[], code: string): string {
  const found = warnings.filter((warning) => warning.code === code);
  assert.equal(found.length, 1, JSON.stringify(warnings));
  return found[0]?.message ?? '';
}

describe("the brief's ChaosEngine, unmodified", () => {
  it('means what its author meant', () => {
    const { warnings: _, ...campaign } = imported(briefText);
    assert.deepEqual(campaign, {
      name: 'redis-resilience-test',
      dialect: 'litmus',
      target: { cluster: 'default', namespace: 'default', kind: 'StatefulSet', selector: 'app=redis' },
      policy: { optIn: 'none', protectedPods: [] },
      hypothesis: [],
      steps: [
        {
          kind: 'experiment',
          experiment: {
            name: 'pod-delete',
            fault: 'pod-delete',
            selection: { names: ['redis-leader-0'] },
            parameters: { force: false },
            durationMs: 30_000,
            recoveryTimeoutMs: 180_000,
            onFailure: 'continue',
            onRestart: 'reestablish',
          },
        },
        {
          kind: 'experiment',
          experiment: {
            name: 'pod-cpu-hog',
            fault: 'pod-cpu-hog',
            selection: { names: ['redis-leader-1', 'redis-leader-2'] },
            parameters: { cores: 2, loadPercent: 100 },
            durationMs: 60_000,
            recoveryTimeoutMs: 180_000,
            onFailure: 'continue',
            onRestart: 'reestablish',
          },
        },
        {
          kind: 'experiment',
          experiment: {
            name: 'pod-network-latency',
            fault: 'pod-network-latency',
            selection: {},
            parameters: { ...wholeNetwork, latencyMs: 500, jitterMs: 0, interface: 'eth0' },
            durationMs: 60_000,
            recoveryTimeoutMs: 180_000,
            onFailure: 'continue',
            onRestart: 'reestablish',
          },
        },
      ],
    });
  });

  it('warns of what Litmus would have done with it, line by line', () => {
    const lines = briefText.split('\n');
    const warnings = imported(briefText).warnings.map(({ code, line = 0 }) => `${code}: ${lines[line - 1]?.trim()}`);
    assert.deepEqual(warnings, [
      'alias-used: value: redis-leader-0  # Target leader pod',
      'litmus-differs: - name: pod-delete',
      'alias-used: - name: network-latency',
      'alias-used: value: "500ms"',
    ]);
  });

  it('says the same in JSON', () => {
    const { warnings: fromYaml, ...yaml } = imported(briefText);
    const { warnings: fromJson, ...json } = imported(JSON.stringify(parseYaml(briefText)));
    assert.deepEqual(json, yaml);
    assert.deepEqual(
      fromJson.map(({ message, path }) => ({ message, path })),
      fromYaml.map(({ message, path }) => ({ message, path })),
    );
  });
});

describe('what Litmus silently misreads', () => {
  it('network-latency, which Litmus does not have, is pod-network-latency on all pods', () => {
    const { fault, selection, warnings } = experiment({ name: 'network-latency' });
    assert.equal(fault, 'pod-network-latency');
    assert.deepEqual(selection, {});
    assert.match(
      warningOf(warnings, 'alias-used'),
      /network-latency is read as pod-network-latency: Litmus has no experiment network-latency/,
    );
  });

  it('network-latency with names keeps to them', () => {
    assert.deepEqual(experiment({ name: 'network-latency', env: { TARGET_PODS: 'a' } }).selection, { names: ['a'] });
  });

  it('TARGET_POD, which Litmus ignores to hit one pod at random, is TARGET_PODS', () => {
    const { selection, warnings } = experiment({ name: 'pod-cpu-hog', env: { TARGET_POD: 'redis-leader-1' } });
    assert.deepEqual(selection, { names: ['redis-leader-1'] });
    assert.match(
      warningOf(warnings, 'alias-used'),
      /TARGET_POD is read as TARGET_PODS: Litmus has no reader of TARGET_POD .* one pod of appinfo at random/,
    );
  });

  it('LATENCY, which Litmus ignores on a network fault to use 2000 ms, is NETWORK_LATENCY', () => {
    const { parameters, warnings } = experiment({ env: { LATENCY: '500ms' } });
    assert.equal(parameters.latencyMs, 500);
    assert.match(warningOf(warnings, 'alias-used'), /LATENCY is read as NETWORK_LATENCY: .*only in pod-http-latency .* 2000 ms/);
  });

  it('NETWORK_LATENCY=500ms, of which Litmus makes 0 ms, is 500 ms', () => {
    const { parameters, warnings } = experiment({ env: { NETWORK_LATENCY: '500ms' } });
    assert.equal(parameters.latencyMs, 500);
    assert.match(
      warningOf(warnings, 'litmus-differs'),
      /NETWORK_LATENCY: Litmus takes whole numbers only, drops the error of "500ms", and would have added 0 ms/,
    );
  });

  it('JITTER=50ms, of which Litmus makes 0 ms, is 50 ms', () => {
    const { parameters, warnings } = experiment({ env: { JITTER: '50ms' } });
    assert.equal(parameters.jitterMs, 50);
    assert.match(warningOf(warnings, 'litmus-differs'), /JITTER: .* jitter of 0 ms/);
  });

  it('TOTAL_CHAOS_DURATION=60s, of which Litmus makes no chaos and a pass, is 60 s', () => {
    const { durationMs, warnings } = experiment({ env: { TOTAL_CHAOS_DURATION: '60s' } });
    assert.equal(durationMs, 60_000);
    assert.match(warningOf(warnings, 'litmus-differs'), /TOTAL_CHAOS_DURATION: .*"60s".* 0 seconds: nothing done, and still a pass/);
  });

  it('CPU_CORES, which Litmus reads rightly, is taken without a warning', () => {
    const { parameters, warnings } = experiment({ name: 'pod-cpu-hog', env: { CPU_CORES: '2' } });
    assert.equal(parameters.cores, 2);
    assert.deepEqual(warnings, []);
  });

  for (const [name, env, variable] of [
    ['pod-network-latency', { NETWORK_LATENCY: 'fast' }, 'NETWORK_LATENCY'],
    ['pod-network-latency', { NETWORK_LATENCY: '-500' }, 'NETWORK_LATENCY'],
    ['pod-network-latency', { NETWORK_LATENCY: '0' }, 'NETWORK_LATENCY'],
    ['pod-network-latency', { TOTAL_CHAOS_DURATION: '5 minutes please' }, 'TOTAL_CHAOS_DURATION'],
    ['pod-cpu-hog', { CPU_CORES: 'two' }, 'CPU_CORES'],
    ['pod-cpu-hog', { CPU_LOAD: '150' }, 'CPU_LOAD'],
    ['pod-delete', { FORCE: 'yes' }, 'FORCE'],
    ['pod-delete', { TARGET_PODS: 'a,,b' }, 'TARGET_PODS'],
    ['pod-delete', { PODS_AFFECTED_PERC: '150' }, 'PODS_AFFECTED_PERC'],
  ] as const) {
    it(`${JSON.stringify(env)}, whose error Litmus swallows, is refused`, () => {
      const { path, found, expected } = theProblem({ name, env });
      assert.equal(path, 'spec.experiments[0].spec.components.env[0].value');
      assert.ok(found.startsWith(variable), found);
      assert.match(expected, /for example|true or false|at least 1ms/);
    });
  }

  it('a misspelt variable, which Litmus ignores, is refused with the one that was meant', () => {
    const { path, message } = theProblem({ env: { NETWORK_LATANCY: '500' } });
    assert.equal(path, 'spec.experiments[0].spec.components.env[0].name');
    assert.match(message, /found the unknown variable NETWORK_LATANCY, expected .*did you mean NETWORK_LATENCY\?/);
  });

  it('the singular of node faults, TARGET_NODE, is unknown to pod faults', () => {
    assert.match(theProblem({ env: { TARGET_NODE: 'n1' } }).found, /unknown variable TARGET_NODE/);
  });

  it('an experiment that does not exist, which ends a run of Litmus with success, is refused', () => {
    assert.match(
      theProblem({ name: 'pod-network-latancy' }).message,
      /found "pod-network-latancy", expected .*did you mean pod-network-latency\?/,
    );
    assert.match(theProblem({ name: 'spring-boot-faults' }).message, /found "spring-boot-faults", expected a fault of the catalogue/);
  });
});

describe('the variables of a ChaosEngine', () => {
  it('default as in Litmus', () => {
    const effective = (name: string) => {
      const { selection, parameters, durationMs } = experiment({ name });
      return { selection, parameters, durationMs };
    };
    assert.deepEqual(effective('pod-delete'), { selection: { count: 1 }, parameters: { force: false }, durationMs: 30_000 });
    assert.deepEqual(effective('pod-cpu-hog'), { selection: { count: 1 }, parameters: { cores: 0, loadPercent: 100 }, durationMs: 60_000 });
    assert.deepEqual(effective('pod-network-latency'), {
      selection: { count: 1 },
      parameters: { ...wholeNetwork, latencyMs: 2000, jitterMs: 0, interface: 'eth0' },
      durationMs: 60_000,
    });
  });

  it('are not given when they are empty', () => {
    const env = {
      TARGET_PODS: '',
      PODS_AFFECTED_PERC: '',
      TOTAL_CHAOS_DURATION: '',
      NETWORK_LATENCY: '',
      DESTINATION_IPS: '',
      NODE_LABEL: '',
      RAMP_TIME: '',
    };
    const { selection, durationMs, parameters, warnings } = experiment({ env });
    assert.deepEqual(
      { selection, durationMs, latency: parameters.latencyMs },
      { selection: { count: 1 }, durationMs: 60_000, latency: 2000 },
    );
    assert.deepEqual(warnings, []);
  });

  it('set what they say', () => {
    const network = experiment({
      env: {
        TOTAL_CHAOS_DURATION: '90',
        NETWORK_LATENCY: '300',
        JITTER: '100',
        NETWORK_INTERFACE: 'net1',
        TARGET_PODS: 'a, b',
        STATUS_CHECK_TIMEOUT: '60',
        SEQUENCE: 'parallel',
        RAMP_TIME: '0',
      },
    });
    assert.deepEqual(network.parameters, { ...wholeNetwork, latencyMs: 300, jitterMs: 100, interface: 'net1' });
    assert.deepEqual(network.selection, { names: ['a', 'b'] });
    assert.deepEqual([network.durationMs, network.recoveryTimeoutMs], [90_000, 60_000]);
    assert.deepEqual(network.warnings, []);
    const cpu = experiment({ name: 'pod-cpu-hog', env: { CPU_LOAD: '50', TARGET_CONTAINER: 'redis', PODS_AFFECTED_PERC: '0' } });
    assert.deepEqual(cpu.parameters, { cores: 0, loadPercent: 50 });
    assert.deepEqual(cpu.selection, { count: 1, container: 'redis' });
    const forced = experiment({ name: 'pod-delete', env: { FORCE: 'true', TOTAL_CHAOS_DURATION: '10' } });
    assert.deepEqual(forced.parameters, { force: true });
    assert.deepEqual(forced.warnings, []);
  });

  it('keep their order in time: ramps are waits, and serial targets come one after another', () => {
    const env = { RAMP_TIME: '5', SEQUENCE: 'serial', TARGET_PODS: 'a,b' };
    const { steps } = imported(engine({ name: 'pod-cpu-hog', env }));
    assert.deepEqual(
      steps.map((step) => (step.kind === 'experiment' ? [step.experiment.name, step.experiment.selection] : [step.kind])),
      [['wait'], ['pod-cpu-hog', { names: ['a'] }], ['pod-cpu-hog-2', { names: ['b'] }], ['wait']],
    );
    assert.deepEqual(steps[0], { kind: 'wait', durationMs: 5_000 });
  });

  it('choose nodes, for faults of nodes, and pods by their nodes, for others', () => {
    assert.deepEqual(experiment({ name: 'node-drain', env: { TARGET_NODE: 'n1' } }).selection, { nodes: ['n1'] });
    assert.deepEqual(experiment({ name: 'node-drain', env: { NODE_LABEL: 'disk=ssd' } }).selection, { count: 1, nodeSelector: 'disk=ssd' });
    assert.deepEqual(experiment({ name: 'node-drain', env: {} }).selection, { count: 1 });
    assert.deepEqual(experiment({ name: 'pod-cpu-hog', env: { NODE_LABEL: 'disk=ssd' } }).selection, {
      count: 1,
      nodeSelector: 'disk=ssd',
    });
    assert.match(theProblem({ name: 'node-drain', env: { TARGET_PODS: 'a' } }).found, /unknown variable TARGET_PODS/);
    assert.match(theProblem({ name: 'node-taint', env: {} }).found, /no variable for taints/);
  });

  it('choose a share of the pods, rounded as is said', () => {
    const { selection, warnings } = experiment({ env: { PODS_AFFECTED_PERC: '50' } });
    assert.deepEqual(selection, { percent: 50 });
    assert.match(warningOf(warnings, 'litmus-differs'), /Litmus rounds the number of targets down, squall up/);
  });

  it('prefer names to a share, as Litmus does', () => {
    const { selection, warnings } = experiment({ env: { TARGET_PODS: 'a', PODS_AFFECTED_PERC: '50' } });
    assert.deepEqual(selection, { names: ['a'] });
    assert.match(warningOf(warnings, 'no-effect'), /PODS_AFFECTED_PERC/);
  });

  it('may be numbers, though Kubernetes would not have it', () => {
    const { parameters, warnings } = experiment({ name: 'pod-cpu-hog', env: { CPU_CORES: 2 } });
    assert.equal(parameters.cores, 2);
    assert.match(warningOf(warnings, 'litmus-differs'), /refused 2 without quotes/);
  });

  it('say a thing once', () => {
    assert.match(theProblem({ env: { LATENCY: '500', NETWORK_LATENCY: '500' } }).found, /LATENCY beside NETWORK_LATENCY/);
    assert.match(theProblem({ env: { TARGET_POD: 'a', TARGET_PODS: 'a' } }).found, /TARGET_POD beside TARGET_PODS/);
    const twice = JSON.parse(engine({ env: { JITTER: '1' } }));
    twice.spec.experiments[0].spec.components.env.push({ name: 'JITTER', value: '2' });
    assert.match(problems(JSON.stringify(twice))[0]?.found ?? '', /JITTER a second time/);
  });

  for (const variable of ['LIB_IMAGE', 'SOCKET_PATH', 'CONTAINER_RUNTIME', 'SET_HELPER_DATA', 'LIB_IMAGE_PULL_POLICY']) {
    it(`${variable} is taken and has no effect`, () => {
      assert.match(warningOf(experiment({ env: { [variable]: 'x' } }).warnings, 'no-effect'), /has no effect: squall uses no helper pod/);
    });
  }

  for (const [name, env] of [
    ['pod-network-latency', { DESTINATION_IPS: '10.0.0' }],
    ['pod-network-latency', { DESTINATION_HOSTS: 'no such host' }],
    ['pod-network-latency', { DESTINATION_PORTS: 'redis' }],
    ['pod-network-latency', { CORRELATION: '25' }],
    ['pod-network-latency', { JITTER: '3000' }],
    ['pod-delete', { RAMP_TIME: 'soon' }],
    ['pod-delete', { NODE_LABEL: 'a in' }],
    ['node-drain', { AUXILIARY_APPINFO: 'default:app=a' }],
    ['pod-delete', { CHAOS_INTERVAL: '5-10' }],
    ['pod-delete', { INTER_POD_KILL_INTERVAL_SECONDS: '60' }],
    ['pod-delete', { POD_TERMINATION_ORDER: 'oldest' }],
    ['pod-cpu-hog', { SEQUENCE: 'serial', PODS_AFFECTED_PERC: '50' }],
    ['network-latency', { SEQUENCE: 'serial' }],
  ] as const) {
    it(`${name} with ${JSON.stringify(env)} is refused rather than dropped`, () => {
      const { path, found, expected } = theProblem({ name, env });
      assert.match(path, /env\[0\].value$/);
      assert.ok(found.startsWith(Object.keys(env)[0] ?? '?') || found.includes('serial'), found);
      assert.notEqual(expected, '');
    });
  }

  it('take one pod after another when there is one', () => {
    assert.deepEqual(experiment({ env: { SEQUENCE: 'serial', TARGET_PODS: 'a' } }).selection, { names: ['a'] });
    assert.deepEqual(experiment({ env: { SEQUENCE: 'serial' } }).selection, { count: 1 });
  });

  it('delete again and again when CHAOS_INTERVAL says how often', () => {
    const repeated = experiment({ name: 'pod-delete', env: { CHAOS_INTERVAL: '10', TOTAL_CHAOS_DURATION: '30' } });
    assert.equal(repeated.repeatEveryMs, 10_000);
    assert.deepEqual(repeated.warnings, []);
    const inTurn = experiment({ name: 'pod-delete', env: { INTER_POD_KILL_INTERVAL_SECONDS: '5', POD_TERMINATION_ORDER: 'random' } });
    assert.deepEqual(inTurn.parameters, { force: false, order: 'random', intervalMs: 5_000 });
  });

  it('repeat nothing that holds for its whole duration', () => {
    const { repeatEveryMs, warnings } = experiment({ name: 'pod-cpu-hog', env: { CHAOS_INTERVAL: '10' } });
    assert.equal(repeatEveryMs, undefined);
    assert.match(warningOf(warnings, 'no-effect'), /CHAOS_INTERVAL has no effect: pod-cpu-hog holds/);
  });

  it('delete once without CHAOS_INTERVAL, and say where Litmus would repeat it', () => {
    assert.match(
      warningOf(experiment({ name: 'pod-delete' }).warnings, 'litmus-differs'),
      /delete again every 10s for 30s; squall deletes once/,
    );
    const once = experiment({ name: 'pod-delete', env: { CHAOS_INTERVAL: '30' } });
    assert.equal(once.repeatEveryMs, undefined);
    assert.deepEqual(once.warnings, []);
  });

  it('come from no Secret', () => {
    const text = engine({ components: {} }).replace('"env":[]', '"env":[{"name":"JITTER","valueFrom":{"secretKeyRef":{}}}]');
    assert.deepEqual(
      problems(text).map(({ path }) => path),
      ['spec.experiments[0].spec.components.env[0].valueFrom'],
    );
  });

  it('have a container only where the fault goes into one', () => {
    const { selection, warnings } = experiment({ name: 'pod-network-latency', env: { TARGET_CONTAINER: 'redis' } });
    assert.deepEqual(selection, { count: 1 });
    assert.match(warningOf(warnings, 'no-effect'), /acts on whole pods/);
  });
});

describe('the rest of a ChaosEngine', () => {
  it('asks for the annotation', () => {
    for (const annotationCheck of ['true', true]) assert.equal(imported(engine({}, { annotationCheck })).policy.optIn, 'litmus');
    for (const annotationCheck of ['false', false]) assert.equal(imported(engine({}, { annotationCheck })).policy.optIn, 'none');
    assert.equal(theProblem({}, { annotationCheck: 'yes' }).expected, 'true or false');
  });

  it('is not started when it says stop', () => {
    assert.match(theProblem({}, { engineState: 'stop' }).expected, /nothing to start/);
  });

  it('may carry what concerns Litmus alone, with a warning', () => {
    const spec = {
      chaosServiceAccount: 'litmus-admin',
      jobCleanUpPolicy: 'delete',
      terminationGracePeriodSeconds: 30,
      components: { runner: {} },
      auxiliaryAppInfo: '',
    };
    const { warnings } = imported(engine({ components: { tolerations: [] } }, spec));
    assert.deepEqual(warnings.map(({ code, path }) => `${code} ${path}`).sort(), [
      'no-effect spec.auxiliaryAppInfo',
      'no-effect spec.chaosServiceAccount',
      'no-effect spec.components',
      'no-effect spec.experiments[0].spec.components.tolerations',
      'no-effect spec.jobCleanUpPolicy',
      'no-effect spec.terminationGracePeriodSeconds',
    ]);
  });

  it('takes kinds of workloads as Litmus writes them', () => {
    for (const [appkind, kind] of [
      ['deployment', 'Deployment'],
      ['StatefulSet', 'StatefulSet'],
      ['daemonset', 'DaemonSet'],
    ]) {
      assert.equal(imported(engine({}, { appinfo: { appns: 'a', applabel: 'x=y', appkind } })).target.kind, kind);
    }
    assert.match(theProblem({}, { appinfo: { appns: 'a', applabel: 'x=y', appkind: 'rollout' } }).expected, /one of statefulset/);
  });

  it("falls back to the engine's namespace", () => {
    assert.equal(imported(engine({}, { appinfo: { applabel: 'x=y' } })).target.namespace, 'litmus');
  });

  it('needs a label', () => {
    assert.equal(theProblem({}, { appinfo: { appns: 'a', appkind: 'deployment' } }).path, 'spec.appinfo.applabel');
  });

  it('numbers experiments of the same fault', () => {
    const experiments = [{ name: 'pod-delete' }, { name: 'pod-cpu-hog' }, { name: 'pod-delete' }];
    assert.deepEqual(
      imported(engine({}, { experiments })).steps.map((step) => step.kind === 'experiment' && step.experiment.name),
      ['pod-delete', 'pod-cpu-hog', 'pod-delete-2'],
    );
  });

  it('waits as long as statusCheckTimeouts says', () => {
    assert.equal(experiment({ components: { statusCheckTimeouts: { timeout: 90 } } }).recoveryTimeoutMs, 90_000);
  });

  it('is refused with all its mistakes at once, in the order of the text', () => {
    const text = briefText
      .replace('litmuschaos.io/v1alpha1', 'litmuschaos.io/v1')
      .replace('redis-resilience-test', 'Redis_Test')
      .replace('appns: default', 'appns: Default')
      .replace('applabel: app=redis', 'applabel: app redis')
      .replace('statefulset', 'statefulsets')
      .replace('engineState: active', 'engineState: stop\n  annotationChek: true')
      .replace('pod-delete', 'pod-delet')
      .replace('value: "2"', 'value: "two"')
      .replace('CPU_CORES', 'CPU_CORES')
      .replace('- name: LATENCY', '- name: LATENCI')
      .replace('TARGET_PODS', 'TARGETPODS');
    assert.deepEqual(
      problems(text).map(({ line, path, found }) => `${line} ${path} ${found}`),
      [
        '1 apiVersion "litmuschaos.io/v1"',
        '4 metadata.name "Redis_Test"',
        '7 spec.appinfo.appns "Default"',
        '8 spec.appinfo.applabel "app redis"',
        '9 spec.appinfo.appkind "statefulsets"',
        '10 spec.engineState "stop"',
        '11 spec.annotationChek the unknown key "annotationChek"',
        '13 spec.experiments[0].name "pod-delet"',
        '23 spec.experiments[1].spec.components.env[0].name the unknown variable TARGETPODS',
        '26 spec.experiments[1].spec.components.env[1].value CPU_CORES "two"',
        '31 spec.experiments[2].spec.components.env[0].name the unknown variable LATENCI',
      ],
    );
  });
});

describe("Litmus's probes", () => {
  const http = {
    name: 'frontend',
    type: 'httpProbe',
    mode: 'Continuous',
    'httpProbe/inputs': { url: 'http://frontend/', method: { get: { criteria: '==', responseCode: '200' } } },
    runProperties: { probeTimeout: '3s', interval: '2s', attempt: 1 },
  };
  const prom = {
    name: 'clients',
    type: 'promProbe',
    mode: 'EOT',
    'promProbe/inputs': {
      endpoint: 'http://prometheus:9090',
      query: 'redis_connected_clients',
      comparator: { type: 'float', criteria: '>=', value: '2' },
    },
    runProperties: { probeTimeout: 5, interval: 1 },
  };

  it('become ours where the meaning is the same', () => {
    assert.deepEqual(experiment({ probe: [http, prom] }).hypothesis, [
      {
        name: 'frontend',
        type: 'http',
        parameters: { url: 'http://frontend/', expectedStatus: 200 },
        when: 'continuous',
        tolerance: { comparator: 'succeeds', successPercent: 100 },
        weight: 10,
        intervalMs: 2000,
        timeoutMs: 3000,
      },
      {
        name: 'clients',
        type: 'prometheus',
        parameters: { query: 'redis_connected_clients', url: 'http://prometheus:9090' },
        when: 'after',
        tolerance: { comparator: '>=', value: 2, successPercent: 100 },
        weight: 10,
        intervalMs: 1000,
        timeoutMs: 5000,
      },
    ]);
  });

  it('are sampled while the fault holds for OnChaos', () => {
    assert.equal(experiment({ probe: [{ ...http, mode: 'OnChaos' }] }).hypothesis?.[0]?.when, 'during');
  });

  for (const [title, probe, path] of [
    ['cmdProbe', { name: 'c', type: 'cmdProbe', mode: 'EOT' }, 'type'],
    ['k8sProbe', { name: 'k', type: 'k8sProbe', mode: 'EOT' }, 'type'],
    ['the mode SOT', { ...http, mode: 'SOT' }, 'mode'],
    ['the mode Edge', { ...http, mode: 'Edge' }, 'mode'],
    ['an unknown mode', { ...http, mode: 'Sometimes' }, 'mode'],
    ['several tries', { ...http, runProperties: { attempt: 3 } }, 'runProperties.attempt'],
    ['stopOnFailure', { ...http, runProperties: { stopOnFailure: true } }, 'runProperties.stopOnFailure'],
    ['a POST', { ...http, 'httpProbe/inputs': { url: 'http://x/', method: { post: {} } } }, 'httpProbe/inputs.method.post'],
    [
      'a query from a file',
      { ...prom, 'promProbe/inputs': { endpoint: 'http://x/', queryPath: '/q', comparator: {} } },
      'promProbe/inputs.queryPath',
    ],
  ] as const) {
    it(`with ${title} are refused by name`, () => {
      const paths = problems(engine({ probe: [probe] })).map((problem) => problem.path);
      assert.ok(paths.includes(`spec.experiments[0].spec.probe[0].${path}`), paths.join('\n'));
    });
  }
});
