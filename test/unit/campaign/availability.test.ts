import assert from 'node:assert/strict';
import { holdScope } from '../../../src/campaign/hold-scope.ts';
import { parseCampaign } from '../../../src/campaign/parse.ts';
import { makePlan } from '../../../src/campaign/plan.ts';
import type { Campaign } from '../../../src/contracts/campaign.ts';
import type { Inventory, InventoryNode, InventoryPod, Plan } from '../../../src/contracts/plan.ts';
import { type ClusterPolicy, defaultClusterPolicy } from '../../../src/policy/cluster-policy.ts';

function campaign(spec: Record<string, unknown>): Campaign {
  const target = { namespace: 'shop', kind: 'StatefulSet', name: 'cart' };
  const document = { apiVersion: 'squall.dev/v1', kind: 'Campaign', metadata: { name: 'test' }, spec: { target, ...spec } };
  const parsed = parseCampaign(JSON.stringify(document));
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.campaign;
}

const deletion = (target: unknown, policy: Record<string, unknown> = {}) =>
  campaign({ policy, steps: [{ experiment: { fault: 'pod-delete', target } }] });

function pod(index: number, changes: Partial<InventoryPod> = {}): InventoryPod {
  return {
    name: `cart-${index}`,
    uid: `u-${index}`,
    ip: `10.0.0.${index}`,
    node: `n-${index}`,
    zone: `z-${index % 2}`,
    ready: true,
    labels: { app: 'cart' },
    annotations: {},
    containers: ['cart'],
    ...changes,
  };
}

function node(index: number, annotations: Record<string, string> = {}): InventoryNode {
  const name = `n-${index}`;
  return { name, uid: name, ip: '10.0.0.9', zone: `z-${index % 2}`, ready: true, unschedulable: false, labels: {}, annotations };
}

function inventory(changes: Partial<Inventory> = {}): Inventory {
  return {
    cluster: 'default',
    namespace: 'shop',
    workload: { kind: 'StatefulSet', name: 'cart', uid: 'u', replicas: 3, terminationGracePeriodSeconds: 1 },
    selector: 'app=cart',
    pods: [0, 1, 2].map((index) => pod(index)),
    nodes: [0, 1, 2].map((index) => node(index)),
    application: null,
    ...changes,
  };
}

const budget = (changes: object = {}) => ({
  disruptionBudgets: [{ name: 'cart', healthy: 3, desired: 2, pods: ['cart-0', 'cart-1', 'cart-2'], ...changes }],
});

function planned(definition: Campaign, of: Inventory = inventory(), policy: Partial<ClusterPolicy> = {}): Plan {
  return makePlan(definition, of, 'seed', { ...defaultClusterPolicy(), ...policy });
}

/** But for pods that are not ready, which is refused for itself. */
const codes = ({ refusals }: Plan) => refusals.map(({ code }) => code).filter((code) => code !== 'not-ready');

describe('the last ready pod', () => {
  const onlyOneReady = inventory({ pods: [pod(0), pod(1, { ready: false }), pod(2, { ready: false })] });

  it('is not taken away, and the refusal says what would allow it', () => {
    const { refusals } = planned(deletion({ names: ['cart-0'] }), inventory({ pods: [pod(0)] }));
    assert.deepEqual(refusals, [
      {
        code: 'last-ready',
        subject: 'pod-delete',
        message:
          'cart-0 is the only ready pod of StatefulSet cart, and would be taken away; policy.allowLastReady: true allows it, or the annotation squall.dev/last-ready: allowed on the workload',
      },
    ]);
    assert.deepEqual(codes(planned(deletion({ names: ['cart-1'] }), onlyOneReady)), []);
  });

  it('is taken away where the campaign or an annotation allows it, unless the service never does', () => {
    const allowed = deletion('all', { allowLastReady: true });
    assert.deepEqual(codes(planned(allowed)), []);
    assert.deepEqual(codes(planned(allowed, inventory(), { lastReady: 'never' })), ['last-ready']);
    assert.deepEqual(codes(planned(deletion('all'))), ['last-ready']);
    assert.deepEqual(codes(planned(deletion('all'), inventory(), { lastReady: 'always' })), []);
    const annotated = inventory({ pods: [0, 1, 2].map((index) => pod(index, { annotations: { 'squall.dev/last-ready': 'allowed' } })) });
    assert.deepEqual(codes(planned(deletion('all'), annotated)), []);
  });

  it('may suffer what does not take it away', () => {
    const slow = campaign({ steps: [{ experiment: { fault: 'pod-network-latency', target: 'all', parameters: { latency: '1s' } } }] });
    assert.deepEqual(codes(planned(slow, onlyOneReady)), []);
  });

  it('counts with all that a parallel step takes', () => {
    const both = (second: string) =>
      campaign({
        steps: [
          {
            parallel: [
              { experiment: { name: 'one', fault: 'pod-delete', target: { names: ['cart-0', 'cart-1'] } } },
              { experiment: { name: 'two', fault: second, target: { names: ['cart-2'] } } },
            ],
          },
        ],
      });
    const { refusals } = planned(both('container-kill'));
    assert.deepEqual(
      refusals.map(({ code, subject }) => [code, subject]),
      [['last-ready', 'one, two']],
    );
    assert.deepEqual(codes(planned(both('pod-cpu-hog'))), []);
  });

  const away: [string, Record<string, unknown>, boolean][] = [
    ['workload-scale to 0', { fault: 'workload-scale', parameters: { replicas: 0 } }, true],
    ['workload-scale to 1', { fault: 'workload-scale', parameters: { replicas: 1 } }, false],
    ['node-taint NoExecute', { fault: 'node-taint', target: 'all', parameters: { taints: ['a=b:NoExecute'] } }, true],
    ['node-taint NoSchedule', { fault: 'node-taint', target: 'all', parameters: { taints: ['a=b:NoSchedule'] } }, false],
    ['node-drain', { fault: 'node-drain', target: 'all' }, true],
    ['application-outage', { fault: 'application-outage', target: 'all' }, true],
    ['process-pause', { fault: 'process-pause', target: 'all' }, true],
  ];
  for (const [what, experiment, takes] of away) {
    it(`is ${takes ? '' : 'not '}taken by ${what} on all`, () => {
      assert.deepEqual(codes(planned(campaign({ steps: [{ experiment }] }))), takes ? ['last-ready'] : []);
    });
  }
});

describe('a disruption budget', () => {
  it('is kept, and the refusal names it', () => {
    const { refusals } = planned(deletion({ names: ['cart-0', 'cart-1'] }), inventory(budget()));
    assert.deepEqual(refusals, [
      {
        code: 'disruption-budget',
        subject: 'pod-delete',
        message:
          'PodDisruptionBudget cart asks for 2 healthy pods: 3 are, and 2 (cart-0, cart-1) would be taken away; policy.ignoreDisruptionBudgets: true overrides it',
      },
    ]);
    assert.deepEqual(codes(planned(deletion({ names: ['cart-0'] }), inventory(budget()))), []);
    assert.deepEqual(codes(planned(deletion({ names: ['cart-0'] }), inventory(budget({ healthy: 2 })))), ['disruption-budget']);
  });

  it('does not mind a pod that it does not cover, or that is not ready anyway', () => {
    assert.deepEqual(codes(planned(deletion({ names: ['cart-0', 'cart-1'] }), inventory(budget({ pods: ['cart-0'] })))), []);
    const pods = [pod(0), pod(1, { ready: false }), pod(2)];
    assert.deepEqual(codes(planned(deletion({ names: ['cart-1'] }), inventory({ ...budget({ healthy: 2 }), pods }))), []);
  });

  it('is overridden by the campaign, which then needs no right to read it', () => {
    const rights = (plan: Plan) => plan.permissions.filter(({ resource }) => resource === 'poddisruptionbudgets');
    const ignoring = planned(deletion({ names: ['cart-0', 'cart-1'] }, { ignoreDisruptionBudgets: true }), inventory(budget()));
    assert.deepEqual(codes(ignoring), []);
    assert.deepEqual(rights(ignoring), []);
    const keeping = planned(deletion({ names: ['cart-0'] }), inventory(budget()));
    assert.deepEqual(rights(keeping), [{ apiGroup: 'policy', resource: 'poddisruptionbudgets', verbs: ['list'] }]);
    const slow = campaign({ steps: [{ experiment: { fault: 'pod-network-latency', target: 'all', parameters: { latency: '1s' } } }] });
    assert.deepEqual(rights(planned(slow)), []);
  });
});

describe('the policy of the service in a plan', () => {
  it('protects namespaces and names', () => {
    const one = deletion({ names: ['cart-0'] });
    assert.deepEqual(codes(planned(one, inventory(), { protectedNamespaces: ['sh*'] })), ['protected']);
    assert.deepEqual(codes(planned(one, inventory({ namespace: 'kube-system' }))), ['protected']);
    assert.deepEqual(codes(planned(one, inventory(), { protectedNames: ['cart-0'] })), ['protected']);
    assert.deepEqual(codes(planned(one, inventory(), { protectedNames: ['cart'] })), ['protected']);
    assert.deepEqual(codes(planned(one, inventory(), { protectedNames: ['cart-1', 'n-*'] })), []);
    const drain = campaign({ steps: [{ experiment: { fault: 'node-cordon', target: { nodes: ['n-1'] } } }] });
    assert.deepEqual(codes(planned(drain, inventory(), { protectedNames: ['n-*'] })), ['protected']);
    assert.deepEqual(codes(planned(drain, inventory(), { protectedNames: ['cart-1'] })), ['protected'], 'what is on the node');
  });

  it('asks for an opt-in, also of a campaign that asks for none', () => {
    const one = deletion({ names: ['cart-0'] });
    const { refusals } = planned(one, inventory(), { requireOptIn: true });
    assert.match(refusals[0]?.message ?? '', /^the policy of the service asks for the annotation squall.dev\/chaos: "enabled" on the pod/);
    const opted = { annotations: { 'squall.dev/chaos': 'enabled' } };
    assert.deepEqual(codes(planned(one, inventory({ pods: [pod(0, opted), pod(1), pod(2)] }), { requireOptIn: true })), []);
    const cordon = campaign({ steps: [{ experiment: { fault: 'node-cordon', target: { nodes: ['n-1'] } } }] });
    const pods = [0, 1, 2].map((index) => pod(index, opted));
    assert.deepEqual(codes(planned(cordon, inventory({ pods }), { requireOptIn: true })), ['not-opted-in']);
    const nodes = [node(0), node(1, opted.annotations), node(2)];
    assert.deepEqual(codes(planned(cordon, inventory({ pods, nodes }), { requireOptIn: true })), []);
    const objects = campaign({ steps: [{ experiment: { fault: 'object-delete', parameters: { kind: 'Service', names: ['cart'] } } }] });
    assert.deepEqual(codes(planned(objects, inventory(), { requireOptIn: true })), ['not-opted-in']);
    assert.deepEqual(codes(planned(objects, inventory({ pods }), { requireOptIn: true })), []);
  });

  it('tells of a budget that the campaign exceeds by itself', () => {
    const { refusals } = planned(deletion({ names: ['cart-0', 'cart-1'] }), inventory(), { limits: { podsOfWorkload: { percent: 50 } } });
    assert.deepEqual(
      refusals.map(({ code, message }) => `${code}: ${message}`),
      ['budget: 2 pods of shop/StatefulSet/cart would be hit at once, and the budget of a workload is 50 % of 3, which is 1, at once'],
    );
  });
});

describe('what a run holds', () => {
  it('is its workload with all pods, its nodes and objects, and the most that one step hits', () => {
    const definition = campaign({
      steps: [
        { experiment: { name: 'a', fault: 'pod-cpu-hog', target: { names: ['cart-0', 'cart-2'] } } },
        {
          parallel: [
            { experiment: { name: 'b', fault: 'pod-delete', target: { names: ['cart-1'] } } },
            { experiment: { name: 'c', fault: 'node-cordon', target: { nodes: ['n-1'] } } },
          ],
        },
        { experiment: { name: 'd', fault: 'object-delete', parameters: { kind: 'Service', names: ['cart'] } } },
      ],
    });
    assert.deepEqual(holdScope(planned(definition, inventory(budget()))), {
      namespace: 'shop',
      workload: 'shop/StatefulSet/cart',
      pods: ['shop/cart-0', 'shop/cart-1', 'shop/cart-2'],
      podNodes: ['n-0', 'n-1', 'n-2'],
      nodes: ['n-1'],
      objects: ['shop/Service/cart'],
      peak: { pods: 2, of: 3, zones: { 'z-0': 2, 'z-1': 1 } },
      budgets: [{ budget: 'shop/cart', healthy: 3, desired: 2, taken: 1 }],
    });
  });
});
