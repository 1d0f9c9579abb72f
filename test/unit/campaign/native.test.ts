import assert from 'node:assert/strict';
import { stringify } from 'yaml';
import { parseCampaign } from '../../../src/campaign/parse.ts';
import type { Problem } from '../../../src/campaign/problem.ts';
import type { Campaign, ExperimentSpec, ProbeSpec } from '../../../src/contracts/campaign.ts';
import { faultExpected } from '../../../src/faults/fault-expected.ts';

const whole = {
  apiVersion: 'squall.dev/v1',
  kind: 'Campaign',
  metadata: { name: 'redis-failover' },
  spec: {
    target: { cluster: 'staging', namespace: 'cache', kind: 'StatefulSet', name: 'redis-leader', selector: 'app=redis' },
    policy: { optIn: 'squall', maxTargets: '50%', protectedPods: ['redis-leader-2'] },
    hypothesis: [
      { type: 'redis-leader-election', tolerance: '<= 30s' },
      {
        name: 'writes',
        type: 'redis-write-latency',
        when: 'continuous',
        tolerance: '<= 1s',
        successPercent: '99.5%',
        weight: 5,
        interval: '250ms',
        timeout: '3s',
      },
    ],
    steps: [
      {
        experiment: {
          name: 'kill-the-primary',
          fault: 'pod-delete',
          target: { role: 'redis-primary' },
          parameters: { gracePeriod: '15s' },
          duration: '45s',
          recoveryTimeout: '2m',
          hypothesis: [{ type: 'redis-replication' }],
          onFailure: 'stop',
          onRestart: 'reestablish',
        },
      },
      { wait: '10s' },
      { experiment: { fault: 'network-latency', target: 'all', parameters: { latency: '500ms', jitter: '50ms' } } },
      { experiment: { fault: 'pod-network-latency', target: { selector: 'tier in (cache,db)', percent: '34%' } } },
      {
        experiment: {
          fault: 'pod-cpu-hog',
          target: { names: 'redis-leader-1,redis-leader-2', container: 'redis' },
          parameters: { cores: 0, load: '80%' },
        },
      },
    ],
    gate: '80%',
    seed: 42,
  },
};

/** What every fault of the network has where nothing else is said: all packets that leave the pod. */
const wholeNetwork = { percent: 100, correlationPercent: 0, direction: 'egress', protocol: 'any' };

function parsed(document: unknown): Campaign {
  const result = parseCampaign(stringify(document), { fileName: 'campaign.yaml' });
  assert.ok(result.ok, JSON.stringify(result));
  return result.campaign;
}

function problems(text: string): Problem[] {
  const result = parseCampaign(text, { fileName: 'campaign.yaml' });
  assert.ok(!result.ok, 'was taken');
  return result.problems;
}

function withSpec(spec: Record<string, unknown>) {
  return { ...whole, spec: { target: whole.spec.target, steps: [{ experiment: { fault: 'pod-delete', target: 'all' } }], ...spec } };
}

function withExperiment(experiment: Record<string, unknown>) {
  return withSpec({ steps: [{ experiment: { fault: 'pod-delete', target: 'all', ...experiment } }] });
}

function experimentOf(campaign: Campaign, index = 0): ExperimentSpec {
  const step = campaign.steps[index];
  assert.ok(step?.kind === 'experiment');
  return step.experiment;
}

function probeOf(probe: Record<string, unknown>): ProbeSpec {
  const [spec] = parsed(withSpec({ hypothesis: [probe] })).hypothesis;
  assert.ok(spec);
  return spec;
}

function theProblem(document: unknown): Pick<Problem, 'path' | 'found' | 'expected'> {
  const all = problems(stringify(document));
  assert.equal(all.length, 1, all.map(({ message }) => message).join('\n'));
  const [{ path, found, expected } = { path: '', found: '', expected: '' }] = all;
  return { path, found, expected };
}

describe('the native dialect', () => {
  it('gives effective values, typed, with every default', () => {
    const campaign = parsed(whole);
    assert.deepEqual(campaign, {
      name: 'redis-failover',
      dialect: 'squall',
      target: { cluster: 'staging', namespace: 'cache', kind: 'StatefulSet', name: 'redis-leader', selector: 'app=redis' },
      policy: { optIn: 'squall', maxTargetsPercent: 50, protectedPods: ['redis-leader-2'] },
      hypothesis: [
        {
          name: 'redis-leader-election',
          type: 'redis-leader-election',
          parameters: {},
          when: 'recovery',
          tolerance: { comparator: '<=', value: 30, successPercent: 100 },
          weight: 10,
          intervalMs: 100,
          timeoutMs: 1000,
        },
        {
          name: 'writes',
          type: 'redis-write-latency',
          parameters: {},
          when: 'continuous',
          tolerance: { comparator: '<=', value: 1000, successPercent: 99.5 },
          weight: 5,
          intervalMs: 250,
          timeoutMs: 3000,
        },
      ],
      steps: [
        {
          kind: 'experiment',
          experiment: {
            name: 'kill-the-primary',
            fault: 'pod-delete',
            selection: { role: 'redis-primary' },
            parameters: { force: false, gracePeriodSeconds: 15 },
            durationMs: 45_000,
            recoveryTimeoutMs: 120_000,
            hypothesis: [
              {
                name: 'redis-replication',
                type: 'redis-replication',
                parameters: {},
                when: 'after',
                tolerance: { comparator: 'succeeds', successPercent: 100 },
                weight: 10,
                intervalMs: 1000,
                timeoutMs: 5000,
              },
            ],
            onFailure: 'stop',
            onRestart: 'reestablish',
          },
        },
        { kind: 'wait', durationMs: 10_000 },
        {
          kind: 'experiment',
          experiment: {
            name: 'pod-network-latency',
            fault: 'pod-network-latency',
            selection: {},
            parameters: { ...wholeNetwork, latencyMs: 500, jitterMs: 50, interface: 'eth0' },
            durationMs: 60_000,
            recoveryTimeoutMs: 180_000,
            onFailure: 'continue',
            onRestart: 'reestablish',
          },
        },
        {
          kind: 'experiment',
          experiment: {
            name: 'pod-network-latency-2',
            fault: 'pod-network-latency',
            selection: { selector: 'tier in (cache,db)', percent: 34 },
            parameters: { ...wholeNetwork, latencyMs: 2000, jitterMs: 0, interface: 'eth0' },
            durationMs: 60_000,
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
            selection: { names: ['redis-leader-1', 'redis-leader-2'], container: 'redis' },
            parameters: { cores: 0, loadPercent: 80 },
            durationMs: 60_000,
            recoveryTimeoutMs: 180_000,
            onFailure: 'continue',
            onRestart: 'reestablish',
          },
        },
      ],
      gate: 80,
      seed: '42',
      warnings: campaign.warnings,
    });
    assert.deepEqual(
      campaign.warnings.map(({ code, path }) => ({ code, path })),
      [{ code: 'alias-used', path: 'spec.steps[2].experiment.fault' }],
    );
  });

  it('is plain data: it survives JSON unchanged', () => {
    const campaign = parsed(whole);
    assert.deepEqual(JSON.parse(JSON.stringify(campaign)), campaign);
  });

  it('says the same in JSON as in YAML', () => {
    const { warnings: _, ...fromYaml } = parsed(whole);
    for (const text of [JSON.stringify(whole), JSON.stringify(whole, null, '\t')]) {
      const result = parseCampaign(text);
      assert.ok(result.ok);
      const { warnings: __, ...fromJson } = result.campaign;
      assert.deepEqual(fromJson, fromYaml);
    }
  });

  it('reports ten mistakes at once, each with its line, what was found and what was expected', () => {
    const text = `apiVersion: squall.dev/v1
kind: Campaign
metadata:
  name: Redis Failover
spec:
  target: { namespace: default, kind: statefulset, name: redis-leader }
  policy: { optin: squall }
  hypothesis:
    - { type: redis-write-latency, tolerance: 1s }
    - { type: redis-replicatoin, weight: 11 }
  steps:
    - experiment:
        fault: pod-network-latency
        target: { role: redis-primary, count: 0 }
        parameters: { latency: 500, jitter: 10ms }
        duration: 5 minutes please
    - experiment: { fault: pod-kil, target: all }
    - wait:
  gate: 180%
`;
    assert.deepEqual(
      problems(text).map(({ line, column, path, found, expected }) => `${line}:${column} ${path} | ${found} | ${expected}`),
      [
        '4:9 metadata.name | "Redis Failover" | a name of at most 63 lower case letters, digits and dashes, for example redis-failover',
        '6:39 spec.target.kind | "statefulset" | one of StatefulSet, Deployment, DaemonSet, ReplicaSet, Pod; did you mean StatefulSet?',
        '7:13 spec.policy.optin | the unknown key "optin" | one of optIn, maxTargets, protectedPods, overlap, queueTimeout, allowLastReady, ignoreDisruptionBudgets; did you mean optIn?',
        '9:47 spec.hypothesis[0].tolerance | "1s" | a comparison such as <= 500ms (with <=, <, >=, >, == or !=), or succeeds',
        '10:15 spec.hypothesis[1].type | "redis-replicatoin" | one of redis-leader-election, redis-write-latency, redis-replication, pods-ready, prometheus, http, tcp; did you mean redis-replication?',
        '10:42 spec.hypothesis[1].weight | 11 | a weight from 0 to 10, for example 10',
        '14:47 spec.steps[0].experiment.target.count | 0 | a whole number of at least 1, for example 1',
        '15:32 spec.steps[0].experiment.parameters.latency | 500 | a duration with its unit ms, s, m, h or d, for example 30s',
        '16:19 spec.steps[0].experiment.duration | "5 minutes please" | a duration with its unit ms, s, m, h or d, for example 30s',
        `17:28 spec.steps[1].experiment.fault | "pod-kil" | ${faultExpected('pod-kil')}`,
        '18:7 spec.steps[2].wait | an empty value | a duration with its unit ms, s, m, h or d, for example 30s',
        '19:9 spec.gate | "180%" | a percentage from 0 to 100, for example 50%',
      ],
    );
  });

  it('reports every mistake of a JSON document too', () => {
    const text = '{"apiVersion":"squall.dev/v2","kind":"Campaign","metadata":{},\n"spec":{"target":{},\n"steps":[]}}';
    assert.deepEqual(
      problems(text).map(({ line, path }) => `${line} ${path}`),
      ['1 apiVersion', '1 metadata.name', '2 spec.target.namespace', '2 spec.target', '3 spec.steps'],
    );
  });

  it('makes messages ready to print', () => {
    const [problem] = problems('apiVersion: squall.dev/v1\nkind: Campain\n');
    assert.equal(
      problem?.message,
      'campaign.yaml:2:7 kind: found "Campain", expected one of Campaign, ChaosEngine; did you mean Campaign?',
    );
  });

  it('refuses what is no campaign', () => {
    assert.match(
      problems('just text')[0]?.message ?? '',
      /^campaign.yaml:1:1: found "just text", expected a mapping with apiVersion and kind$/,
    );
    assert.match(problems('a: 1')[0]?.message ?? '', /kind: found nothing, expected one of Campaign, ChaosEngine/);
  });

  it('explains why an Argo workflow is not run', () => {
    const [problem] = problems('apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: { name: x }\n');
    assert.match(problem?.message ?? '', /kind: found Workflow, an Argo workflow, expected the ChaosEngine inside it: .*not supported yet/);
  });

  describe('target and policy', () => {
    it('defaults the cluster, and asks for a namespace and a workload', () => {
      assert.deepEqual(parsed(withSpec({ target: { namespace: 'a', selector: 'app=x' } })).target, {
        cluster: 'default',
        namespace: 'a',
        selector: 'app=x',
      });
      assert.equal(theProblem(withSpec({ target: { selector: 'app=x' } })).path, 'spec.target.namespace');
      assert.equal(theProblem(withSpec({ target: { namespace: 'a' } })).found, 'neither name nor selector');
      assert.equal(theProblem(withSpec({ target: { namespace: 'a', name: 'x' } })).path, 'spec.target.kind');
      assert.equal(theProblem(withSpec({ target: { namespace: 'a', selector: 'app redis' } })).path, 'spec.target.selector');
    });

    it('defaults to no opt-in and no limits', () => {
      assert.deepEqual(parsed(withSpec({})).policy, { optIn: 'none', protectedPods: [] });
    });

    it('takes a limit in pods or percent', () => {
      assert.deepEqual(parsed(withSpec({ policy: { maxTargets: 2 } })).policy, { optIn: 'none', maxTargets: 2, protectedPods: [] });
      assert.deepEqual(parsed(withSpec({ policy: { maxTargets: '50%' } })).policy, {
        optIn: 'none',
        maxTargetsPercent: 50,
        protectedPods: [],
      });
      for (const maxTargets of [0, '0%', '101%', 'half', 1.5]) {
        assert.equal(theProblem(withSpec({ policy: { maxTargets } })).path, 'spec.policy.maxTargets');
      }
    });

    for (const gate of [80, '80', '80%']) {
      it(`takes the gate ${JSON.stringify(gate)}`, () => assert.equal(parsed(withSpec({ gate })).gate, 80));
    }
    it('has no gate by default', () => assert.equal('gate' in parsed(withSpec({})), false));
  });

  describe('experiments', () => {
    it('have names of their own', () => {
      const steps = ['a', 'a'].map((name) => ({ experiment: { name, fault: 'pod-delete', target: 'all' } }));
      assert.deepEqual(theProblem(withSpec({ steps })), {
        path: 'spec.steps[1].experiment.name',
        found: 'the name "a" a second time',
        expected: 'a name of its own',
      });
    });

    it('are named so that no given name is taken', () => {
      const steps = [{ fault: 'pod-delete' }, { name: 'pod-delete', fault: 'pod-delete' }, { fault: 'pod-delete' }];
      const campaign = parsed(withSpec({ steps: steps.map((experiment) => ({ experiment: { ...experiment, target: 'all' } })) }));
      assert.deepEqual(
        campaign.steps.map((_, index) => experimentOf(campaign, index).name),
        ['pod-delete-2', 'pod-delete', 'pod-delete-3'],
      );
    });

    it('say which pods they are about', () => {
      assert.equal(theProblem(withExperiment({ target: undefined })).path, 'spec.steps[0].experiment.target');
      assert.equal(theProblem(withExperiment({ target: {} })).found, 'an empty mapping');
      assert.equal(theProblem(withExperiment({ target: 'everything' })).found, '"everything"');
      assert.equal(theProblem(withExperiment({ target: { count: 1, percent: 50 } })).found, 'percent beside count');
      assert.equal(theProblem(withExperiment({ target: { names: ['a'], count: 1 } })).found, 'a choice beside names');
      assert.equal(theProblem(withExperiment({ target: { percent: 0 } })).path, 'spec.steps[0].experiment.target.percent');
      assert.equal(theProblem(withExperiment({ target: { role: 'redis-leader' } })).path, 'spec.steps[0].experiment.target.role');
    });

    it('name a container only where the fault goes into one', () => {
      assert.deepEqual(theProblem(withExperiment({ target: { role: 'redis-primary', container: 'redis' } })), {
        path: 'spec.steps[0].experiment.target.container',
        found: 'a container',
        expected: 'none: pod-delete acts on whole pods',
      });
    });

    it('hold for a second to a day', () => {
      assert.match(theProblem(withExperiment({ duration: '10ms' })).expected, /at least 1s/);
      assert.match(theProblem(withExperiment({ duration: '2d' })).expected, /at most 24h/);
    });

    it('are steps beside waits, one in each', () => {
      const both = { wait: '1s', experiment: { fault: 'pod-delete', target: 'all' } };
      assert.equal(theProblem(withSpec({ steps: [both] })).found, 'the keys wait, experiment');
      assert.equal(theProblem(withSpec({ steps: [{}] })).expected, 'a step: one of experiment, parallel, wait and approval');
      assert.equal(theProblem(withSpec({ steps: ['pod-delete'] })).found, '"pod-delete"');
      assert.equal(theProblem(withSpec({ steps: [] })).expected, 'a list of at least 1');
    });

    it('suggest the parameter that was meant', () => {
      const document = withExperiment({ fault: 'pod-network-latency', parameters: { latancy: '1s' } });
      assert.match(theProblem(document).expected, /^one of latency, jitter, .*, interface; did you mean latency\?$/);
    });

    it('keep parameters that fit each other', () => {
      const jitter = withExperiment({ fault: 'pod-network-latency', parameters: { latency: '100ms', jitter: '200ms' } });
      assert.equal(theProblem(jitter).expected, 'at most the latency, 100ms');
      const grace = withExperiment({ parameters: { force: true, gracePeriod: '15s' } });
      assert.match(theProblem(grace).found, /15s beside force: true/);
      assert.match(theProblem(withExperiment({ parameters: { gracePeriod: '1500ms' } })).expected, /whole seconds/);
    });

    for (const [fault, parameters, effective] of [
      ['pod-delete', undefined, { force: false }],
      ['pod-delete', { force: true }, { force: true }],
      ['pod-delete', { gracePeriod: '0s' }, { force: false, gracePeriodSeconds: 0 }],
      ['pod-cpu-hog', undefined, { cores: 1, loadPercent: 100 }],
      ['pod-cpu-hog', { cores: '2', load: 50 }, { cores: 2, loadPercent: 50 }],
      ['pod-network-latency', undefined, { ...wholeNetwork, latencyMs: 2000, jitterMs: 0, interface: 'eth0' }],
      ['pod-network-latency', { latency: '1.5s', interface: 'net1' }, { ...wholeNetwork, latencyMs: 1500, jitterMs: 0, interface: 'net1' }],
    ] as const) {
      it(`${fault} with ${JSON.stringify(parameters) ?? 'no parameters'}`, () => {
        assert.deepEqual(experimentOf(parsed(withExperiment({ fault, parameters }))).parameters, effective);
      });
    }
  });

  describe('probes', () => {
    for (const [probe, comparator, value] of [
      [{ type: 'redis-leader-election', tolerance: '<= 1500ms' }, '<=', 1.5],
      [{ type: 'redis-leader-election', tolerance: '< 1m' }, '<', 60],
      [{ type: 'redis-write-latency', tolerance: '<= 1s' }, '<=', 1000],
      [{ type: 'redis-write-latency', tolerance: { comparator: '<=', value: '250ms' } }, '<=', 250],
      [{ type: 'prometheus', query: 'up', tolerance: '>= 2' }, '>=', 2],
      [{ type: 'prometheus', query: 'up', tolerance: '== 1' }, '==', 1],
      [{ type: 'prometheus', query: 'up', tolerance: '!=-0.5' }, '!=', -0.5],
      [{ type: 'tcp', host: 'redis', port: 6379, tolerance: '> 1ms' }, '>', 1],
    ] as const) {
      it(`${probe.type} ${JSON.stringify(probe.tolerance)} is in the unit of the probe`, () => {
        assert.deepEqual(probeOf(probe).tolerance, { comparator, value, successPercent: 100 });
      });
    }

    it('succeed or not where that is all they can, and are only shown where nothing is asked', () => {
      assert.deepEqual(probeOf({ type: 'pods-ready' }).tolerance, { comparator: 'succeeds', successPercent: 100 });
      assert.deepEqual(probeOf({ type: 'http', url: 'http://x/', tolerance: 'succeeds' }).tolerance, {
        comparator: 'succeeds',
        successPercent: 100,
      });
      assert.equal('tolerance' in probeOf({ type: 'redis-write-latency' }), false);
    });

    it('carry the parameters of their type', () => {
      assert.deepEqual(probeOf({ type: 'http', url: 'http://x/', expectedStatus: 204 }).parameters, {
        url: 'http://x/',
        expectedStatus: 204,
      });
      assert.deepEqual(probeOf({ type: 'http', url: 'http://x/' }).parameters, { url: 'http://x/', expectedStatus: 200 });
      assert.deepEqual(probeOf({ type: 'tcp', host: 'redis', port: '6379' }).parameters, { host: 'redis', port: 6379 });
      assert.deepEqual(probeOf({ type: 'prometheus', query: 'up' }).parameters, { query: 'up' });
    });

    it('wait longer than they tolerate', () => {
      assert.equal(probeOf({ type: 'http', url: 'http://x/', tolerance: '<= 10s' }).timeoutMs, 20_000);
      const document = withSpec({ hypothesis: [{ type: 'http', url: 'nowhere', tolerance: '<= 10s', timeout: '5s' }] });
      assert.deepEqual(
        problems(stringify(document)).map(({ path }) => path),
        ['spec.hypothesis[0].url', 'spec.hypothesis[0].timeout'],
      );
    });

    for (const [title, probe, path] of [
      ['a time without its unit', { type: 'redis-write-latency', tolerance: '<= 1' }, 'tolerance'],
      ['a unit where there is none', { type: 'prometheus', query: 'up', tolerance: '>= 2s' }, 'tolerance'],
      ['a bound on what can only succeed', { type: 'pods-ready', tolerance: '<= 1s' }, 'tolerance'],
      ['a bare word', { type: 'redis-write-latency', tolerance: 'fast' }, 'tolerance'],
      [
        'a tolerance of unknown keys',
        { type: 'prometheus', query: 'up', tolerance: { comparator: '>', value: 1, unit: 's' } },
        'tolerance',
      ],
      ['a weight without a tolerance', { type: 'redis-write-latency', weight: 5 }, 'weight'],
      ['a share without a tolerance', { type: 'redis-write-latency', successPercent: 5 }, 'successPercent'],
      ['an election measured all along', { type: 'redis-leader-election', when: 'during' }, 'when'],
      ['a latency measured at recovery', { type: 'redis-write-latency', when: 'recovery' }, 'when'],
      ['no query', { type: 'prometheus' }, 'query'],
      ['a port out of range', { type: 'tcp', host: 'x', port: 70_000 }, 'port'],
      ["another type's key", { type: 'pods-ready', url: 'http://x/' }, 'url'],
      ['an interval too short to keep', { type: 'pods-ready', interval: '1ms' }, 'interval'],
    ] as const) {
      it(`refuse ${title}`, () => {
        assert.equal(theProblem(withSpec({ hypothesis: [probe] })).path, `spec.hypothesis[0].${path}`);
      });
    }

    it('have names of their own', () => {
      const hypothesis = [{ type: 'pods-ready' }, { name: 'pods-ready', type: 'redis-replication' }];
      assert.equal(theProblem(withSpec({ hypothesis })).path, 'spec.hypothesis[1].name');
    });
  });
});
