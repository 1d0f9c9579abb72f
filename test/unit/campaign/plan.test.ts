import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { parseCampaign } from '../../../src/campaign/parse.ts';
import { makePlan } from '../../../src/campaign/plan.ts';
import type { Campaign, ProbeSpec } from '../../../src/contracts/campaign.ts';
import type {
  Inventory,
  InventoryPod,
  Plan,
  PlannedExperiment,
  PodTarget,
  RedisInstance,
  RedisTopology,
} from '../../../src/contracts/plan.ts';
import { podTargets } from '../../../src/faults/targets.ts';

const briefText = readFileSync(new URL('../../../examples/redis/brief/chaos-engine.yaml', import.meta.url), 'utf8');
const podNames = ['redis-leader-0', 'redis-leader-1', 'redis-leader-2'];

function campaign(text: string): Campaign {
  const result = parseCampaign(text);
  assert.ok(result.ok, JSON.stringify(result));
  return result.campaign;
}

function native(spec: Record<string, unknown>): Campaign {
  return campaign(
    JSON.stringify({
      apiVersion: 'squall.dev/v1',
      kind: 'Campaign',
      metadata: { name: 'test' },
      spec: { target: { namespace: 'default', kind: 'StatefulSet', name: 'redis-leader' }, ...spec },
    }),
  );
}

function one(experiment: Record<string, unknown>, spec: Record<string, unknown> = {}): Campaign {
  return native({ ...spec, steps: [{ experiment: { target: 'all', ...experiment } }] });
}

function pods(change: (name: string) => Partial<InventoryPod> = () => ({})): InventoryPod[] {
  return podNames.map((name, index) => ({
    name,
    uid: `uid-${index}`,
    ip: `10.244.${index}.2`,
    node: `node-${index}`,
    zone: `zone-${index}`,
    ready: true,
    labels: { app: 'redis' },
    annotations: {},
    containers: ['redis', 'exporter'],
    ...change(name),
  }));
}

function instance(pod: string, role: RedisInstance['role'], change: Partial<RedisInstance> = {}): RedisInstance {
  const replica = role === 'replica';
  return {
    pod,
    role,
    runId: `run-${pod}`,
    primaryHost: replica ? 'redis-leader-0.redis' : null,
    linkUp: replica ? true : null,
    connectedReplicas: role === 'primary' ? 2 : null,
    ...change,
  };
}

function redis(
  instances: RedisInstance[] = podNames.map((pod, index) => instance(pod, index === 0 ? 'primary' : 'replica')),
): RedisTopology {
  const endpoints = podNames.map((pod) => ({ pod, ip: '10.0.0.9' }));
  return { kind: 'redis', port: 6379, instances, sentinel: { master: 'redis', port: 26_379, quorum: 2, downAfterMs: 5000, endpoints } };
}

function inventory(change: Partial<Inventory> = {}): Inventory {
  return {
    cluster: 'default',
    namespace: 'default',
    workload: { kind: 'StatefulSet', name: 'redis-leader', uid: 'uid-set', replicas: 3, terminationGracePeriodSeconds: 30 },
    selector: 'app=redis',
    pods: pods(),
    nodes: [],
    application: redis(),
    ...change,
  };
}

function podsOf(experiment: PlannedExperiment | undefined): PodTarget[] {
  return podTargets({ id: 'test', targets: experiment?.targets ?? [] });
}

function refusals(plan: Plan): string[] {
  return plan.refusals.map(({ code, message }) => `${code}: ${message}`);
}

function judged(probes: ProbeSpec[] = []): string[] {
  return probes.map(({ type, when, tolerance }) => {
    const { comparator = 'shown', value = '', successPercent = '' } = tolerance ?? {};
    return `${type} ${when} ${comparator}${value} ${successPercent}`.trim();
  });
}

describe("the plan of the brief's ChaosEngine on a replicated redis", () => {
  const plan = makePlan(campaign(briefText), inventory(), 'seed');

  it('refuses nothing', () => assert.deepEqual(refusals(plan), []));

  it('has the targets its author named, with their roles', () => {
    assert.deepEqual(
      plan.experiments.map((experiment) => podsOf(experiment).map(({ pod, role, container }) => `${pod} ${role} ${container}`)),
      [
        ['redis-leader-0 redis-primary redis'],
        ['redis-leader-1 redis-replica redis', 'redis-leader-2 redis-replica redis'],
        ['redis-leader-0 redis-primary redis', 'redis-leader-1 redis-replica redis', 'redis-leader-2 redis-replica redis'],
      ],
    );
    assert.deepEqual(plan.experiments[0]?.targets[0], {
      kind: 'pod',
      namespace: 'default',
      pod: 'redis-leader-0',
      uid: 'uid-0',
      ip: '10.244.0.2',
      node: 'node-0',
      zone: 'zone-0',
      container: 'redis',
      role: 'redis-primary',
    });
  });

  it('judges each by the defaults of the workload', () => {
    const [podDelete, cpuHog, latency] = plan.experiments.map(({ hypothesis }) => judged(hypothesis));
    assert.deepEqual(podDelete, [
      'redis-leader-election recovery <=30 100',
      'redis-write-latency during shown',
      'redis-replication after succeeds 100',
    ]);
    assert.deepEqual(cpuHog, ['redis-write-latency during <=1000 100', 'redis-replication after succeeds 100']);
    assert.deepEqual(latency, cpuHog);
  });

  it('says in words what will be done and undone', () => {
    assert.deepEqual(
      plan.experiments.map(({ inject, undo, holds }) => ({ inject, undo, holds })),
      [
        {
          inject: 'delete redis-leader-0 with its own grace period',
          undo: 'nothing to undo: the controller creates the pod anew; its readiness is awaited',
          holds: false,
        },
        {
          inject: 'burn 2 CPU at 100 % in redis-leader-1, redis-leader-2 for 1m',
          undo: 'end the CPU workers in redis-leader-1, redis-leader-2 and see that none is left',
          holds: true,
        },
        {
          inject: 'delay packets leaving redis-leader-0, redis-leader-1, redis-leader-2 by eth0 by 500 ms for 1m',
          undo: 'remove the delay in redis-leader-0, redis-leader-1, redis-leader-2 and see that no rule of it is left',
          holds: true,
        },
      ],
    );
  });

  it('lists the rights it takes, one rule for each resource', () => {
    assert.deepEqual(
      plan.permissions.map(
        ({ apiGroup, resource, subresource, verbs }) => `${apiGroup}/${resource}${subresource ? `/${subresource}` : ''} ${verbs.join(',')}`,
      ),
      [
        '/events list',
        '/namespaces get',
        '/nodes list',
        '/pods delete,get,list',
        '/pods/ephemeralcontainers patch',
        '/pods/exec create,get',
        '/pods/portforward create,get',
        'apps/statefulsets list',
        'policy/poddisruptionbudgets list',
      ],
    );
  });

  it("keeps the document's warnings and adds none", () => {
    assert.deepEqual(plan.warnings, campaign(briefText).warnings);
  });

  it('is the same for the same seed', () => {
    assert.deepEqual(makePlan(campaign(briefText), inventory(), 'seed'), plan);
  });

  it('is refused on three unrelated primaries, for that reason alone', () => {
    const three = redis(podNames.map((pod) => instance(pod, 'primary')));
    const plan = makePlan(campaign(briefText), inventory({ application: { ...three, sentinel: null } }), 'seed');
    assert.deepEqual(refusals(plan), ['not-replicated: 3 of 3 pods are primaries: replication is not configured']);
  });

  it('warns when the pod it means as the leader is a replica now', () => {
    const application = redis(podNames.map((pod, index) => instance(pod, index === 1 ? 'primary' : 'replica')));
    const { warnings, experiments, refusals } = makePlan(campaign(briefText), inventory({ application }), 'seed');
    assert.deepEqual(refusals, []);
    assert.deepEqual(
      warnings.filter(({ code }) => code === 'no-election').map(({ path, message }) => `${path}: ${message}`),
      ['experiment pod-delete: redis-leader-0 is a replica now: no election will happen'],
    );
    assert.deepEqual(judged(experiments[0]?.hypothesis), ['redis-write-latency during <=1000 100', 'redis-replication after succeeds 100']);
  });
});

describe('a plan', () => {
  const killPrimary = one({ fault: 'pod-delete', target: { role: 'redis-primary' } });

  it('chooses by role', () => {
    const plan = makePlan(killPrimary, inventory(), 's');
    assert.deepEqual(
      podsOf(plan.experiments[0]).map(({ pod }) => pod),
      ['redis-leader-0'],
    );
  });

  it('acts on no other pod than the one that is the target by its name', () => {
    const podAlone = { target: { namespace: 'default', kind: 'Pod', name: 'redis-leader-1' }, policy: { maxTargets: '100%' } };
    for (const target of ['all', { percent: '100%' }, { names: ['redis-leader-1'] }]) {
      const { experiments, refusals } = makePlan(one({ fault: 'pod-cpu-hog', target }, podAlone), inventory(), 's');
      assert.deepEqual([podsOf(experiments[0]).map(({ pod }) => pod), refusals], [['redis-leader-1'], []]);
    }
    const another = makePlan(one({ fault: 'pod-cpu-hog', target: { names: ['redis-leader-2'] } }, podAlone), inventory(), 's');
    assert.deepEqual([podsOf(another.experiments[0]), another.refusals.map(({ code }) => code)], [[], ['no-such-pod']]);
    const many = makePlan(one({ fault: 'pod-cpu-hog', target: { count: 2 } }, podAlone), inventory(), 's');
    assert.deepEqual(
      many.refusals.map(({ code }) => code),
      ['too-few-pods'],
    );
    const nodes = [0, 1, 2].map((index) => ({
      ...{ name: `node-${index}`, uid: `n${index}`, ip: '', zone: null, ready: true },
      ...{ unschedulable: false, labels: {}, annotations: {} },
    }));
    const onNode = makePlan(one({ fault: 'node-cordon', target: 'all' }, podAlone), inventory({ nodes }), 's');
    assert.deepEqual(
      onNode.experiments.flatMap(({ targets }) => targets.map((one) => (one.kind === 'node' ? one.node : one))),
      ['node-1'],
    );
  });

  it('goes into the container that was asked for', () => {
    const target = { role: 'redis-primary', container: 'exporter' };
    assert.equal(podsOf(makePlan(one({ fault: 'pod-cpu-hog', target }), inventory(), 's').experiments[0])[0]?.container, 'exporter');
    const missing = makePlan(one({ fault: 'pod-cpu-hog', target: { ...target, container: 'sidecar' } }), inventory(), 's');
    assert.deepEqual(refusals(missing), ['no-such-container: redis-leader-0 has no container sidecar; it has redis, exporter']);
  });

  it('judges pods that are nothing known by their readiness', () => {
    const plan = makePlan(one({ fault: 'pod-delete', target: { count: 1 } }), inventory({ application: null }), 's');
    assert.deepEqual(refusals(plan), []);
    assert.deepEqual(judged(plan.experiments[0]?.hypothesis), ['pods-ready after succeeds 100']);
  });

  it("prefers an experiment's hypothesis to the campaign's, and that to the defaults", () => {
    const hypothesis = [{ type: 'pods-ready' }];
    const own = [{ type: 'redis-replication' }];
    const [first] = makePlan(one({ fault: 'pod-cpu-hog', hypothesis: own }, { hypothesis }), inventory(), 's').experiments;
    assert.deepEqual(judged(first?.hypothesis), ['redis-replication after succeeds 100']);
    const [second] = makePlan(one({ fault: 'pod-cpu-hog' }, { hypothesis }), inventory(), 's').experiments;
    assert.deepEqual(judged(second?.hypothesis), ['pods-ready after succeeds 100']);
  });

  it("measures the campaign's election where there is one", () => {
    const hypothesis = [{ type: 'redis-leader-election', tolerance: '<= 30s' }, { type: 'redis-replication' }];
    const steps = [
      { experiment: { fault: 'pod-delete', target: { role: 'redis-primary' } } },
      { experiment: { fault: 'pod-cpu-hog', target: 'all' } },
    ];
    const { experiments, warnings } = makePlan(native({ hypothesis, steps }), inventory(), 's');
    assert.deepEqual(
      experiments.map(({ hypothesis }) => hypothesis.map(({ type }) => type)),
      [['redis-leader-election', 'redis-replication'], ['redis-replication']],
    );
    assert.deepEqual(warnings, []);
  });

  it('warns of an election that is asked for and will not happen', () => {
    const hypothesis = [{ type: 'redis-leader-election', tolerance: '<= 30s' }];
    const { warnings } = makePlan(one({ fault: 'pod-cpu-hog', hypothesis }), inventory(), 's');
    assert.deepEqual(
      warnings.map(({ code }) => code),
      ['no-election'],
    );
  });

  it('warns of a gate that nothing can pass', () => {
    const hypothesis = [{ type: 'redis-write-latency' }];
    const { warnings } = makePlan(one({ fault: 'pod-cpu-hog' }, { hypothesis, gate: 80 }), inventory(), 's');
    assert.deepEqual(
      warnings.map(({ code }) => code),
      ['nothing-to-score'],
    );
  });

  describe('is refused', () => {
    const cpu = one({ fault: 'pod-cpu-hog' });
    const cases: [string, Campaign, Partial<Inventory>, string[]][] = [
      [
        'without pods, with labels that are there',
        cpu,
        { pods: [], application: null, labelsNearby: ['app=cart', 'app=shop'] },
        ['no-pods: no running pod in namespace default matches app=redis; pods there have app=cart, app=shop'],
      ],
      [
        'in an empty namespace',
        cpu,
        { pods: [], application: null },
        ['no-pods: no running pod in namespace default matches app=redis; there are no other pods there'],
      ],
      [
        'when pods are not ready',
        cpu,
        { pods: pods((name) => ({ ready: name !== 'redis-leader-1' })) },
        ['not-ready: 1 of 3 pods are not Ready before any fault: redis-leader-1'],
      ],
      [
        'when there is more than one primary',
        cpu,
        {
          application: redis([
            instance('redis-leader-0', 'primary'),
            instance('redis-leader-1', 'primary'),
            instance('redis-leader-2', 'replica'),
          ]),
        },
        ['several-primaries: 2 of 3 pods are primaries'],
      ],
      [
        'when there is no primary',
        cpu,
        { application: redis(podNames.map((pod) => instance(pod, 'replica'))) },
        ['no-primary: 0 of 3 pods are primaries: nothing takes writes'],
      ],
      [
        'when a replica is not linked',
        cpu,
        {
          application: redis([
            instance('redis-leader-0', 'primary'),
            instance('redis-leader-1', 'replica'),
            instance('redis-leader-2', 'replica', { linkUp: false }),
          ]),
        },
        ['replica-link-down: the link to its primary redis-leader-0.redis is down before any fault'],
      ],
      [
        'when a redis does not answer',
        cpu,
        {
          application: redis([
            instance('redis-leader-0', 'primary'),
            instance('redis-leader-1', 'replica'),
            instance('redis-leader-2', 'unreachable', { error: 'ECONNREFUSED' }),
          ]),
        },
        ['redis-unreachable: redis does not answer before any fault: ECONNREFUSED'],
      ],
      [
        'when an election is needed and no Sentinel is there',
        killPrimary,
        { application: { ...redis(), sentinel: null } },
        ['no-sentinel: its target is the primary of 3 redis pods, and no Sentinel watches them: none of the others would be elected'],
      ],
      ['not for want of a Sentinel when no election is needed', cpu, { application: { ...redis(), sentinel: null } }, []],
      [
        'when too few Sentinels are there to agree',
        killPrimary,
        {
          application: {
            ...redis(),
            sentinel: { master: 'm', port: 26_379, quorum: 2, downAfterMs: 1, endpoints: [{ pod: 'a', ip: 'b' }] },
          },
        },
        ['no-quorum: 1 Sentinels are there, and 2 have to agree: no new primary would be elected'],
      ],
      [
        'when roles are asked for and unknown',
        killPrimary,
        { application: null },
        ['no-roles: no pod of redis-leader is known to be redis with a role; role redis-primary asked'],
      ],
      [
        'when a probe of redis has none to measure',
        one({ fault: 'pod-cpu-hog', hypothesis: [{ type: 'redis-replication' }] }),
        { application: null },
        ['probe-not-applicable: probe redis-replication measures redis, and no pod of the target is known to be redis'],
      ],
      [
        'beyond the number of pods the policy allows',
        one({ fault: 'pod-cpu-hog' }, { policy: { maxTargets: 2 } }),
        {},
        ['blast-radius: 3 pods would be hit, the policy allows 2: redis-leader-0, redis-leader-1, redis-leader-2'],
      ],
      [
        'beyond the share of pods the policy allows',
        one({ fault: 'pod-cpu-hog', target: { role: 'redis-replica' } }, { policy: { maxTargets: '50%' } }),
        {},
        ['blast-radius: 2 of 3 pods would be hit, the policy allows 50 %: redis-leader-1, redis-leader-2'],
      ],
      [
        'on a protected pod',
        one({ fault: 'pod-delete', target: { names: ['redis-leader-0'] } }, { policy: { protectedPods: ['redis-leader-0'] } }),
        {},
        ['protected-pod: redis-leader-0: named as a target, and protected by the policy'],
      ],
      [
        'without the opt-in it asks for',
        one({ fault: 'pod-cpu-hog' }, { policy: { optIn: 'squall' } }),
        { pods: pods((name) => (name === 'redis-leader-0' ? { annotations: { 'squall.dev/chaos': 'enabled' } } : {})) },
        [
          'not-opted-in: the policy asks for the annotation squall.dev/chaos: "enabled" on the pod, its workload or its namespace, and redis-leader-1, redis-leader-2 has none',
        ],
      ],
      [
        "without Litmus's opt-in",
        campaign(briefText.replace('engineState: active', 'engineState: active\n  annotationCheck: "true"')),
        {},
        [
          'not-opted-in: the policy asks for the annotation litmuschaos.io/chaos: "true" on the pod, its workload or its namespace, and redis-leader-0, redis-leader-1, redis-leader-2 has none',
        ],
      ],
      [
        'not when the opt-in is there',
        campaign(briefText.replace('engineState: active', 'engineState: active\n  annotationCheck: "true"')),
        { pods: pods(() => ({ annotations: { 'litmuschaos.io/chaos': 'true' } })) },
        [],
      ],
    ];
    for (const [title, document, change, expected] of cases) {
      it(title, () => assert.deepEqual(refusals(makePlan(document, inventory(change), 's')), expected));
    }
  });
});

describe('a fault of redis', () => {
  it('is refused where nothing is known to be redis', () => {
    const plan = makePlan(one({ fault: 'redis-client-kill' }), inventory({ application: null }), 's');
    assert.deepEqual(refusals(plan), [
      'fault-not-applicable: redis-client-kill acts on redis, and no pod of the target is known to be redis',
    ]);
  });

  it('that moves the primary is judged by the election, and needs Sentinel', () => {
    const moves = one({ fault: 'redis-failover', target: { role: 'redis-primary' } });
    assert.ok(judged(makePlan(moves, inventory(), 's').experiments[0]?.hypothesis).includes('redis-leader-election recovery <=30 100'));
    assert.match(refusals(makePlan(moves, inventory({ application: { ...redis(), sentinel: null } }), 's')).join(), /^no-sentinel:/);
  });
});

describe('rights', () => {
  it('are those of the kind of object that is deleted, and of what it is kept in', () => {
    const rights = (parameters: Record<string, unknown>) =>
      makePlan(native({ steps: [{ experiment: { fault: 'object-delete', parameters } }] }), inventory({ application: null }), 's')
        .permissions.filter(({ verbs }) => verbs.includes('delete'))
        .map(({ apiGroup, resource }) => `${apiGroup}/${resource}`);
    assert.deepEqual(rights({ kind: 'Service', names: ['redis'] }), ['/configmaps', '/services']);
    assert.deepEqual(rights({ kind: 'Secret', names: ['redis'] }), ['/secrets']);
    assert.deepEqual(rights({ kind: 'NetworkPolicy', apiVersion: 'networking.k8s.io/v1', names: ['a'] }), [
      '/configmaps',
      'networking.k8s.io/networkpolicies',
    ]);
    assert.deepEqual(rights({ kind: 'Certificate', apiVersion: 'cert-manager.io/v1', names: ['a'] }), [
      '/secrets',
      'cert-manager.io/certificates',
    ]);
  });
});
