import assert from 'node:assert/strict';
import type { Dependencies } from '../../../src/activities/dependencies.ts';
import { planCampaign as makePlan } from '../../../src/activities/make-plan.ts';
import { holdScope } from '../../../src/campaign/hold-scope.ts';
import { parseCampaign } from '../../../src/campaign/parse.ts';
import { planCampaign } from '../../../src/campaign/plan-campaign.ts';
import { allTargets, clusterMentions } from '../../../src/campaign/targets.ts';
import type { Campaign, CampaignTarget } from '../../../src/contracts/campaign.ts';
import type { Inventory, InventoryPod, Plan, RedisInstance, RedisTopology } from '../../../src/contracts/plan.ts';
import { partIn, planParts } from '../../../src/contracts/plan-parts.ts';
import { actedClusters, keyOf } from '../../../src/contracts/targets.ts';
import type { Cluster } from '../../../src/kubernetes/cluster.ts';
import { UnknownClusterError } from '../../../src/kubernetes/clusters.ts';
import { type ClusterPolicy, defaultClusterPolicy } from '../../../src/policy/cluster-policy.ts';

function text(steps: string, more = ''): string {
  return `apiVersion: squall.dev/v1
kind: Campaign
metadata: { name: two }
spec:
  target: { cluster: east, namespace: shop, kind: StatefulSet, name: redis }
${more}  steps:
${steps}`;
}

function taken(document: string): Campaign {
  const result = parseCampaign(document, { fileName: 'two.yaml' });
  assert.ok(result.ok, result.ok ? '' : result.problems.map(({ message }) => message).join('\n'));
  return result.campaign;
}

function problems(document: string): string[] {
  const result = parseCampaign(document, { fileName: 'two.yaml' });
  return result.ok ? [] : result.problems.map(({ message }) => message);
}

function podOf(cluster: string, name: string): InventoryPod {
  const node = `${cluster}-1`;
  return {
    name,
    uid: `${cluster}-${name}`,
    ip: '192.0.2.1',
    node,
    zone: null,
    ready: true,
    labels: {},
    annotations: {},
    containers: ['redis'],
  };
}

function redisOf(names: string[], primary: boolean): RedisTopology {
  const instances = names.map((pod, index): RedisInstance => {
    if (primary && index === 0) return { pod, role: 'primary', runId: pod, primaryHost: null, linkUp: null, connectedReplicas: 2 };
    return { pod, role: 'replica', runId: pod, primaryHost: primary ? 'redis-0' : '192.0.2.9', linkUp: true, connectedReplicas: null };
  });
  return { kind: 'redis', port: 6379, instances, sentinel: null };
}

/** In east a primary and its replica; elsewhere two replicas of a primary that is not there. */
function inventoryOf({ cluster, namespace, kind, name, selector }: CampaignTarget): Inventory {
  const names = ['redis-0', 'redis-1'];
  return {
    cluster,
    namespace,
    workload:
      kind === 'StatefulSet' && name !== undefined ? { kind, name, uid: 'u', replicas: 2, terminationGracePeriodSeconds: 30 } : null,
    selector: selector ?? `app=${name}`,
    pods: names.map((pod) => podOf(cluster, pod)),
    nodes: [],
    application: redisOf(names, cluster === 'east'),
  };
}

function planOf(campaign: Campaign, policy: Partial<Record<string, Partial<ClusterPolicy>>> = {}): Plan {
  const inventories = new Map(allTargets(campaign).map((target) => [keyOf(target), inventoryOf(target)]));
  return planCampaign(campaign, 'seed', { inventories, policy: (cluster) => ({ ...defaultClusterPolicy(), ...policy[cluster] }) });
}

const across = text(
  `    - experiment:
        name: slow-primary
        fault: pod-network-latency
        target: { role: redis-primary }
        hypothesis:
          - { name: west-follows, type: redis-replication, when: continuous, cluster: west }
    - parallel:
        - experiment: { name: busy-east, fault: pod-cpu-hog, target: { count: 1 } }
        - experiment: { name: busy-west, fault: pod-cpu-hog, cluster: west, target: { names: [redis-0] } }
    - experiment:
        name: west-is-away
        fault: pod-network-partition
        cluster: west
        workload: { kind: StatefulSet, name: redis }
        target: all
`,
  '  hypothesis: [{ type: redis-write-latency, tolerance: <= 1s }]\n  policy: { allowLastReady: true }\n  gate: 80%\n',
);

describe('a campaign in several clusters', () => {
  it('inherits what an experiment does not say of its cluster', () => {
    const { steps } = taken(across);
    const [, parallel, last] = steps;
    assert.ok(parallel?.kind === 'parallel' && last?.kind === 'experiment');
    const [east, west] = parallel.experiments;
    assert.equal(east?.target, undefined);
    assert.deepEqual(west?.target, { cluster: 'west', namespace: 'shop', kind: 'StatefulSet', name: 'redis' });
    assert.deepEqual(last.experiment.target, west?.target);
    assert.deepEqual(actedClusters(taken(across)), ['east', 'west']);
  });

  it('takes another workload there, and its own cluster by name', () => {
    const own = taken(text('    - experiment: { fault: pod-delete, cluster: east, target: { count: 1 } }\n'));
    assert.equal(own.steps[0]?.kind === 'experiment' && own.steps[0].experiment.target, undefined);
    const other = taken(
      text(
        '    - experiment: { fault: pod-delete, cluster: west, workload: { namespace: cache, selector: app=redis }, target: { count: 1 } }\n',
      ),
    );
    assert.deepEqual(allTargets(other)[1], { cluster: 'west', namespace: 'cache', selector: 'app=redis' });
  });

  it('acts on one workload in each cluster', () => {
    const found = problems(
      text(`    - experiment: { fault: pod-delete, cluster: west, target: { count: 1 } }
    - experiment: { fault: pod-cpu-hog, cluster: west, workload: { namespace: cache }, target: { count: 1 } }
    - experiment: { name: third, fault: pod-cpu-hog, workload: { selector: app=cart }, target: { count: 1 } }
`),
    );
    assert.equal(found.length, 2);
    assert.match(
      found[0] ?? '',
      /^two.yaml:8:\d+ spec.steps\[1\].experiment.workload: found StatefulSet redis of namespace cache in cluster west, expected/,
    );
    assert.match(
      found[1] ?? '',
      /steps\[2\].experiment.workload: found app=cart of namespace shop in cluster east, .* the campaign acts there/,
    );
  });

  it('lets probes look elsewhere by what they measure', () => {
    const step = (probe: string) => text(`    - experiment: { fault: pod-delete, target: { count: 1 }, hypothesis: [${probe}] }\n`);
    assert.deepEqual(problems(step('{ type: pods-ready, cluster: west, namespace: cart, selector: app=cart }')), []);
    assert.deepEqual(problems(step('{ type: prometheus, query: up, cluster: west }')), []);
    assert.match(problems(step('{ type: prometheus, query: up, selector: a=b }')).join(), /the unknown key "selector"/);
    assert.match(problems(step('{ type: http, url: "http://a/", cluster: west }')).join(), /the unknown key "cluster"/);
    assert.match(problems(step('{ type: redis-leader-election, cluster: west }')).join(), /the unknown key "cluster"/);
  });

  it('tells where it names clusters', () => {
    const document = text(
      '    - experiment: { fault: pod-delete, cluster: west, target: { count: 1 }, hypothesis: [{ type: pods-ready, cluster: north }] }\n',
      '  hypothesis: [{ type: redis-replication, cluster: south }]\n  stopConditions: [{ type: pods-ready, cluster: up }]\n',
    );
    assert.deepEqual(
      clusterMentions(taken(document)).map(({ cluster, path }) => `${cluster} ${path.join('.')}`),
      [
        'east spec.target.cluster',
        'south spec.hypothesis.0.cluster',
        'up spec.stopConditions.0.cluster',
        'west spec.steps.0.experiment.cluster',
        'north spec.steps.0.experiment.hypothesis.0.cluster',
      ],
    );
  });
});

describe('a cluster that a campaign names', () => {
  const document = text('    - experiment: { fault: pod-delete, cluster: wset, target: { count: 1 } }\n');

  it('is to be one of those there are, where they are known', () => {
    assert.ok(parseCampaign(document).ok);
    const result = parseCampaign(document, { fileName: 'two.yaml', clusters: ['east', 'west'] });
    assert.ok(!result.ok);
    const [problem, ...others] = result.problems;
    assert.deepEqual(others, []);
    assert.match(
      problem?.message ?? '',
      /^two.yaml:7:\d+ spec.steps\[0\].experiment.cluster: found the cluster "wset", .* did you mean west\?/,
    );
  });

  it('is a refusal of the plan where only the worker knows them', async () => {
    const cluster = (name: string) => {
      if (name === 'east') return {} as Cluster;
      throw new UnknownClusterError(`cluster ${name} is not configured; configured are: east`);
    };
    const plan = await makePlan(
      { campaign: taken(document), seed: 's' },
      { cluster } as unknown as Dependencies,
      new AbortController().signal,
    );
    assert.deepEqual(plan.refusals, [
      {
        code: 'unknown-cluster',
        subject: 'spec.steps[0].experiment.cluster',
        message: 'cluster wset is not configured; configured are: east',
      },
    ]);
  });
});

describe('the plan of a campaign in several clusters', () => {
  const plan = planOf(taken(across));
  const named = (name: string) => {
    const planned = plan.experiments.find(({ spec }) => spec.name === name);
    assert.ok(planned, name);
    return planned;
  };

  it('has every experiment in the order of the steps, with its cluster and its targets there', () => {
    assert.deepEqual(plan.refusals, []);
    assert.deepEqual(
      plan.experiments.map(({ spec, cluster }) => `${spec.name} ${cluster}`),
      ['slow-primary east', 'busy-east east', 'busy-west west', 'west-is-away west'],
    );
    const [target] = named('busy-west').targets;
    assert.equal(target?.kind === 'pod' && target.uid, 'west-redis-0');
  });

  it('has a part for each cluster, in the order of their names', () => {
    assert.deepEqual(
      planParts(plan).map(({ campaign, inventory, experiments }) => [campaign.target.cluster, inventory.cluster, experiments.length]),
      [
        ['east', 'east', 2],
        ['west', 'west', 2],
      ],
    );
    assert.deepEqual(holdScope(partIn(plan, 'west') ?? plan).pods, ['shop/redis-0', 'shop/redis-1']);
    assert.equal(partIn(plan, 'north'), undefined);
  });

  it("holds elsewhere what the campaign's hypothesis says of its own workload", () => {
    const east = { cluster: 'east', namespace: 'shop', selector: 'app=redis' };
    assert.deepEqual(
      named('west-is-away').hypothesis.map(({ type, place }) => [type, place]),
      [['redis-write-latency', east]],
    );
    assert.equal(named('busy-east').hypothesis[0]?.place, undefined);
    assert.deepEqual(named('slow-primary').hypothesis[0]?.place, { ...east, cluster: 'west' });
  });

  it('lists rights for each cluster', () => {
    const [west] = plan.others ?? [];
    const mayExec = (of: Plan['permissions'] | undefined) => of?.some(({ subresource }) => subresource === 'ephemeralcontainers');
    assert.equal(west?.target.cluster, 'west');
    assert.ok(mayExec(plan.permissions) && mayExec(west?.permissions));
    const looking = planOf(
      taken(
        text(
          '    - experiment: { fault: pod-delete, target: all, hypothesis: [{ type: pods-ready, cluster: west }] }\n',
          '  policy: { allowLastReady: true }\n',
        ),
      ),
    );
    const [looked] = looking.others ?? [];
    assert.equal(looked?.acts, false);
    assert.equal(
      looked?.permissions.some(({ verbs }) => verbs.includes('delete')),
      false,
    );
    assert.equal(planParts(looking)[0], looking, 'a run holds where probes only look');
  });

  it('is refused by the policy of the cluster that is concerned', () => {
    const refused = planOf(taken(across), { west: { protectedNamespaces: ['shop'] } });
    assert.deepEqual(
      refused.refusals.map(({ code, message }) => `${code} ${message}`),
      ['protected in cluster west: namespace shop is protected by the policy of the service'],
    );
  });

  it('refuses what runs side by side on the same pods of one cluster, not of two', () => {
    const sideBySide = (cluster: string) =>
      planOf(
        taken(
          text(`    - parallel:
        - experiment: { name: one, fault: pod-cpu-hog, target: { names: [redis-0] } }
        - experiment: { name: other, fault: pod-cpu-hog, cluster: ${cluster}, target: { names: [redis-0] } }
`),
        ),
      ).refusals.map(({ code }) => code);
    assert.deepEqual(sideBySide('west'), []);
    assert.deepEqual(sideBySide('east'), ['overlap']);
  });

  it('refuses a probe of redis where there is none', () => {
    const campaign = taken(
      text('    - experiment: { fault: pod-cpu-hog, target: all, hypothesis: [{ type: redis-replication, cluster: west }] }\n'),
    );
    const inventories = new Map(
      allTargets(campaign).map((target) => [
        keyOf(target),
        { ...inventoryOf(target), ...(target.cluster === 'west' && { application: null }) },
      ]),
    );
    const { refusals } = planCampaign(campaign, 'seed', { inventories, policy: () => defaultClusterPolicy() });
    assert.deepEqual(
      refusals.map(({ code, message }) => [code, /of cluster west is known to be redis/.test(message)]),
      [['probe-not-applicable', true]],
    );
  });

  it('warns once of a gate that nothing can pass', () => {
    const campaign = taken(
      text(
        '    - experiment: { fault: pod-cpu-hog, cluster: west, target: all, hypothesis: [{ type: redis-write-latency }] }\n',
        '  gate: 80%\n',
      ),
    );
    assert.deepEqual(
      planOf(campaign).warnings.map(({ code }) => code),
      ['nothing-to-score'],
    );
  });
});
