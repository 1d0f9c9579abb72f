import assert from 'node:assert/strict';
import { parseCampaign } from '../../../src/campaign/parse.ts';
import { makePlan } from '../../../src/campaign/plan.ts';
import type { Campaign } from '../../../src/contracts/campaign.ts';
import { type Inventory, type InventoryNode, type InventoryPod, type Plan, targetName } from '../../../src/contracts/plan.ts';

type Written = Record<string, unknown>;

function document(steps: unknown[]): string {
  return JSON.stringify({
    apiVersion: 'squall.dev/v1',
    kind: 'Campaign',
    metadata: { name: 'side-by-side' },
    spec: { target: { namespace: 'shop', kind: 'StatefulSet', name: 'cart' }, steps },
  });
}

function taken(steps: unknown[]): Campaign {
  const result = parseCampaign(document(steps));
  assert.ok(result.ok, JSON.stringify(result));
  return result.campaign;
}

function problems(steps: unknown[]): string[] {
  const result = parseCampaign(document(steps));
  assert.ok(!result.ok, 'was taken');
  return result.problems.map(({ path, found, expected }) => `${path}: found ${found}, expected ${expected}`);
}

const parallel = (...experiments: Written[]) => ({ parallel: experiments.map((experiment) => ({ experiment })) });
const latency = { fault: 'pod-network-latency', target: 'all' };
const cpu = { fault: 'pod-cpu-hog', target: 'all' };

const pods = ['cart-0', 'cart-1', 'cart-2'].map(
  (name, index): InventoryPod => ({
    name,
    uid: `uid-${name}`,
    ip: `10.0.0.${index}`,
    node: index === 2 ? 'worker-1' : `worker-${index}`,
    zone: index === 0 ? 'a' : 'b',
    ready: true,
    labels: { app: 'cart' },
    annotations: {},
    containers: ['cart'],
  }),
);
const nodes = ['worker-0', 'worker-1', 'worker-2'].map(
  (name, index): InventoryNode => ({
    name,
    uid: `uid-${name}`,
    ip: `192.168.0.${index}`,
    zone: index === 0 ? 'a' : 'b',
    ready: true,
    unschedulable: false,
    labels: { disk: index === 1 ? 'ssd' : 'hdd' },
    annotations: {},
  }),
);
const inventory: Inventory = {
  cluster: 'default',
  namespace: 'shop',
  workload: { kind: 'StatefulSet', name: 'cart', uid: 'uid-cart', replicas: 3, terminationGracePeriodSeconds: 30 },
  selector: 'app=cart',
  pods,
  nodes,
  application: null,
};

function planned(steps: unknown[]): Plan {
  return makePlan(taken(steps), inventory, 'seed');
}

function targets(experiment: Written): string[] {
  const plan = planned([{ experiment }]);
  assert.deepEqual(plan.refusals, []);
  return (plan.experiments[0]?.targets ?? []).map(targetName);
}

function refused(experiment: Written): string {
  const [refusal, ...more] = planned([{ experiment }]).refusals;
  assert.deepEqual(more, []);
  return `${refusal?.code}: ${refusal?.message}`;
}

describe('a parallel step', () => {
  it('keeps its experiments together, each with a name of its own', () => {
    const { steps } = taken([parallel(latency, cpu), { experiment: cpu }]);
    assert.deepEqual(
      steps.map((step) => (step.kind === 'parallel' ? step.experiments.map(({ name }) => name) : step.kind)),
      [['pod-network-latency', 'pod-cpu-hog'], 'experiment'],
    );
  });

  it('takes two or more, and experiments alone', () => {
    assert.deepEqual(problems([parallel(latency)]), ['spec.steps[0].parallel: found a list, expected a list of at least 2']);
    assert.match(problems([{ parallel: [{ experiment: latency }, { wait: '5s' }] }]).join('\n'), /spec\.steps\[0\]\.parallel\[1\]\.wait: /);
    assert.match(
      problems([parallel(latency, { ...cpu, duration: 'long' })]).join('\n'),
      /^spec\.steps\[0\]\.parallel\[1\]\.experiment\.duration: /,
    );
  });

  it('has no name that another step has', () => {
    const found = problems([parallel({ ...latency, name: 'slow' }, cpu), { experiment: { ...cpu, name: 'slow' } }]);
    assert.deepEqual(found, ['spec.steps[1].experiment.name: found the name "slow" a second time, expected a name of its own']);
  });

  it('is planned in order, with targets for each', () => {
    const plan = planned([parallel(latency, cpu)]);
    assert.deepEqual(plan.refusals, []);
    assert.deepEqual(
      plan.experiments.map(({ spec, targets: each }) => [spec.fault, each.length]),
      [
        ['pod-network-latency', 3],
        ['pod-cpu-hog', 3],
      ],
    );
  });

  it('is refused when two change the same thing on the same pod', () => {
    const [refusal, ...more] = planned([parallel(cpu, { ...cpu, target: { names: ['cart-1'] } })]).refusals;
    assert.deepEqual(more, []);
    assert.equal(refusal?.code, 'overlap');
    assert.equal(refusal?.subject, 'pod-cpu-hog');
    assert.equal(refusal?.message, 'runs side by side with pod-cpu-hog-2 on cart-1: both change cpu');
  });

  it('is taken when they do so on different pods, or one after another', () => {
    const on = (name: string) => ({ ...cpu, target: { names: [name] } });
    assert.deepEqual(planned([parallel(on('cart-0'), on('cart-1'))]).refusals, []);
    assert.deepEqual(planned([{ experiment: cpu }, { experiment: cpu }]).refusals, []);
  });

  it('is refused when one deletes what the other is about, also by its node', () => {
    const kill = { fault: 'pod-delete', target: { names: ['cart-0'] } };
    assert.match(
      planned([parallel(cpu, kill)])
        .refusals.map(({ message }) => message)
        .join('\n'),
      /cart-0: pod-cpu-hog and pod-delete do not go together/,
    );
    const drain = { fault: 'node-drain', target: { nodes: ['worker-1'] }, parameters: { force: true } };
    const [refusal] = planned([parallel(cpu, drain)]).refusals;
    assert.match(refusal?.message ?? '', /on cart-1, cart-2: pod-cpu-hog and node-drain do not go together/);
  });
});

describe('an experiment that is repeated', () => {
  it('is one that is done in an instant', () => {
    const [step] = taken([{ experiment: { fault: 'pod-delete', target: { count: 1 }, duration: '5m', repeatEvery: '1m' } }]).steps;
    assert.equal(step?.kind === 'experiment' && step.experiment.repeatEveryMs, 60_000);
    const found = problems([{ experiment: { ...cpu, repeatEvery: '1m' } }]);
    assert.deepEqual(found, [
      'spec.steps[0].experiment.repeatEvery: found repeatEvery, expected nothing: pod-cpu-hog holds for its whole duration',
    ]);
  });
});

describe('onRestart', () => {
  it('is reestablish or end', () => {
    const [step] = taken([{ experiment: { ...cpu, onRestart: 'end' } }]).steps;
    assert.equal(step?.kind === 'experiment' && step.experiment.onRestart, 'end');
    assert.match(
      problems([{ experiment: { ...cpu, onRestart: 'never' } }])[0] ?? '',
      /onRestart: found "never", expected one of reestablish, end/,
    );
  });
});

describe('nodes of a fault of pods', () => {
  const on = (target: Written) => targets({ ...cpu, target });
  it('narrow the choice to the pods there', () => {
    assert.deepEqual(on({ nodes: ['worker-1'] }), ['cart-1', 'cart-2']);
    assert.deepEqual(on({ nodeSelector: 'disk=hdd' }), ['cart-0']);
    assert.deepEqual(on({ zones: ['b'] }), ['cart-1', 'cart-2']);
    assert.equal(on({ zones: ['b'], count: 1 }).length, 1);
    assert.deepEqual(on({ zones: ['b'], names: ['cart-1'] }), ['cart-1']);
  });
  it('have to be there, with pods on them', () => {
    assert.match(refused({ ...cpu, target: { nodes: ['worker-9'] } }), /worker-9/);
    assert.match(refused({ ...cpu, target: { nodes: ['worker-2'] } }), /no-match/);
  });
});

describe('nodes of a fault of nodes', () => {
  const on = (target: unknown) => targets({ fault: 'node-cordon', target }).map((name) => name.replace(/^node\//, ''));
  it('are those of the pods, unless nodes are chosen by themselves', () => {
    assert.deepEqual(on('all'), ['worker-0', 'worker-1']);
    assert.deepEqual(on({ names: ['cart-2'] }), ['worker-1']);
    assert.deepEqual(on({ nodes: ['worker-2'] }), ['worker-2']);
    assert.deepEqual(on({ nodeSelector: 'disk=hdd' }), ['worker-0', 'worker-2']);
    assert.deepEqual(on({ zones: ['b'] }), ['worker-1', 'worker-2']);
    assert.equal(on({ zones: ['b'], percent: 50 }).length, 1);
  });
  it('are the same for the same seed', () => {
    assert.deepEqual(on({ zones: ['b'], count: 1 }), on({ zones: ['b'], count: 1 }));
  });
  it('have to be there, and enough of them', () => {
    const cordon = (target: Written) => refused({ fault: 'node-cordon', target });
    assert.match(
      cordon({ nodes: ['worker-9'] }),
      /^no-such-node: worker-9: not among the cluster's nodes, which are worker-0, worker-1, worker-2/,
    );
    assert.match(cordon({ names: ['cart-9'] }), /^no-such-pod: cart-9/);
    assert.match(cordon({ zones: ['c'] }), /^no-match: 0 of the cluster's 3 nodes/);
    assert.match(cordon({ zones: ['b'], count: 3 }), /^too-few-nodes: 2 of the cluster's 3 nodes.*count 3 asked/);
  });
  it('have no container', () => {
    assert.match(
      problems([{ experiment: { fault: 'node-cordon', target: { nodes: ['worker-0'], container: 'cart' } } }])[0] ?? '',
      /target\.container/,
    );
  });
});
