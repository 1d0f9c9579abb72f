import assert from 'node:assert/strict';
import type { V1Deployment, V1Node, V1Pod, V1PodDisruptionBudget } from '@kubernetes/client-node';
import { objectKeys } from '../../../src/contracts/object-keys.ts';
import type { NodeTarget } from '../../../src/contracts/plan.ts';
import { RefusedError } from '../../../src/faults/verbs.ts';
import { drafted, exerciseFault } from '../../support/exercise-fault.ts';
import { LabCluster } from '../../support/lab-cluster.ts';

const app = 'roamer';

describe('faults that are a change of a node', function () {
  this.timeout(180_000);
  let lab: LabCluster;
  let target: NodeTarget;
  let count = 0;

  before(async () => {
    lab = await LabCluster.open('node');
    const nodes = await lab.cluster.listNodes();
    const node = nodes.at(-1);
    assert.ok(node?.metadata?.name && node.metadata.uid && nodes.length > 1, 'the lab has one node alone');
    target = { kind: 'node', node: node.metadata.name, uid: node.metadata.uid, ip: '', zone: null };
  });
  after(() => lab?.[Symbol.asyncDispose]());

  async function readNode(): Promise<V1Node> {
    const node = await lab.cluster.readObject({ apiVersion: 'v1', kind: 'Node', name: target.node });
    assert.ok(node);
    return node;
  }

  /** Whether the scheduler gives the node a pod that may run nowhere else; the pod is deleted again. */
  async function takesPods(): Promise<boolean> {
    const name = `probe-${++count}`;
    const { metadata } = await lab.cluster.createObject<V1Pod>({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: lab.space.name },
      spec: {
        nodeSelector: { 'kubernetes.io/hostname': target.node },
        terminationGracePeriodSeconds: 0,
        containers: [{ name: 'main', image: lab.image, imagePullPolicy: 'IfNotPresent', command: ['sleep', '600'] }],
      },
    });
    const decided = await lab.space.awaitPod(
      name,
      'scheduled or refused',
      (pod) => pod?.spec?.nodeName !== undefined || pod?.status?.conditions?.some(({ reason }) => reason === 'Unschedulable') === true,
    );
    await lab.cluster.deleteObject({ apiVersion: 'v1', kind: 'Pod', namespace: lab.space.name, name, uid: metadata?.uid ?? '' }, 0);
    return decided?.spec?.nodeName !== undefined;
  }

  const told = (takes: boolean) => (takes ? 'takes new pods' : 'takes none');

  for (const fault of ['node-cordon', 'node-taint']) {
    it(`${fault}: the scheduler gives the node no new pod, and does again once undone`, async () => {
      const before = await readNode();
      await exerciseFault(lab.context, {
        fault,
        targets: [target],
        namespace: lab.space.name,
        measure: takesPods,
        inEffect: (takes) => !takes,
        gone: (takes) => takes,
        tell: (one, during, after) => `the scheduler: ${told(one)}, ${told(during)}, ${told(after)}`,
      });
      const after = await readNode();
      assert.deepEqual(after.spec, before.spec);
      // But for the mark that it was undone, which lasts until nobody can inject it any more.
      const keys = ({ metadata }: V1Node) => Object.keys(metadata?.annotations ?? {}).filter((key) => key !== objectKeys.undone);
      assert.deepEqual(keys(after).sort(), keys(before).sort());
    });
  }

  it("leaves other people's taints alone", async () => {
    const mine = { key: 'someone', value: 'else', effect: 'PreferNoSchedule' };
    const { verbs, draft } = drafted(lab.context, { fault: 'node-taint', targets: [target], namespace: lab.space.name });
    const { mechanism } = await verbs.prepare(lab.context, draft);
    const fault = { ...draft, mechanism, endsAt: Date.now() + 60_000, deadline: Date.now() + 65_000 };
    const before = await readNode();
    try {
      await verbs.inject(lab.context, fault);
      const during = await readNode();
      const taints = [...(during.spec?.taints ?? []), mine];
      await lab.cluster.patchObject({ apiVersion: 'v1', kind: 'Node', name: target.node }, { spec: { taints } });
      await verbs.revert(lab.context, fault);
      assert.deepEqual(JSON.parse(JSON.stringify((await readNode()).spec?.taints)), [...(before.spec?.taints ?? []), mine]);
    } finally {
      await lab.cluster.patchObject(
        { apiVersion: 'v1', kind: 'Node', name: target.node },
        { spec: { taints: before.spec?.taints ?? null } },
      );
    }
  });

  it('refuses a node that bears another fault, one that is protected, and one that is gone', async () => {
    const refused = (targets: NodeTarget[]) => {
      const { verbs, draft } = drafted(lab.context, { fault: 'node-cordon', targets, namespace: lab.space.name });
      return verbs.prepare(lab.context, draft);
    };
    const reference = { apiVersion: 'v1', kind: 'Node', name: target.node };
    const annotate = (annotations: Record<string, string | null>) => lab.cluster.patchObject(reference, { metadata: { annotations } });
    try {
      await annotate({ 'squall.dev/fault': 'another' });
      await assert.rejects(refused([target]), (error: unknown) => error instanceof RefusedError && /another/.test(error.message));
      await annotate({ 'squall.dev/fault': null, 'squall.dev/chaos': 'disabled' });
      await assert.rejects(refused([target]), (error: unknown) => error instanceof RefusedError && /disabled/.test(error.message));
    } finally {
      await annotate({ 'squall.dev/fault': null, 'squall.dev/chaos': null });
    }
    await assert.rejects(refused([{ ...target, uid: 'other' }]), RefusedError);
    const all = (await lab.cluster.listNodes()).map(
      ({ metadata }): NodeTarget => ({ ...target, node: metadata?.name ?? '', uid: metadata?.uid ?? '' }),
    );
    await assert.rejects(refused(all), (error: unknown) => error instanceof RefusedError && /would be left/.test(error.message));
  });

  describe('node-drain', () => {
    const podsOnNode = async () => {
      const pods = await lab.cluster.listPods(lab.space.name, `app=${app}`);
      const running = pods.filter(({ metadata, status }) => metadata?.deletionTimestamp === undefined && status?.phase === 'Running');
      return { here: running.filter(({ spec }) => spec?.nodeName === target.node).length, all: running.length };
    };
    const drain = { fault: 'node-drain', parameters: { podSelector: `app=${app}`, timeout: '2s' } };

    before(async () => {
      const labels = { app };
      await lab.cluster.createObject<V1Deployment>({
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: app, namespace: lab.space.name },
        spec: {
          replicas: 4,
          selector: { matchLabels: labels },
          template: {
            metadata: { labels },
            spec: {
              terminationGracePeriodSeconds: 0,
              topologySpreadConstraints: [
                {
                  maxSkew: 1,
                  topologyKey: 'kubernetes.io/hostname',
                  whenUnsatisfiable: 'ScheduleAnyway',
                  labelSelector: { matchLabels: labels },
                },
              ],
              containers: [{ name: 'main', image: lab.image, imagePullPolicy: 'IfNotPresent', command: ['sleep', '600'] }],
            },
          },
        },
      });
      const end = Date.now() + 60_000;
      for (let now = await podsOnNode(); now.all < 4 || now.here === 0; now = await podsOnNode()) {
        assert.ok(Date.now() < end, `4 pods, one of them on ${target.node}, expected: ${JSON.stringify(now)}`);
      }
    });

    it('fails, and undoes the cordon, when a disruption budget forbids an eviction', async () => {
      const budget = await lab.cluster.createObject<V1PodDisruptionBudget>({
        apiVersion: 'policy/v1',
        kind: 'PodDisruptionBudget',
        metadata: { name: app, namespace: lab.space.name },
        spec: { minAvailable: 4, selector: { matchLabels: { app } } },
      });
      const { verbs, draft } = drafted(lab.context, { ...drain, targets: [target], namespace: lab.space.name });
      const { mechanism } = await verbs.prepare(lab.context, draft);
      const fault = { ...draft, mechanism, endsAt: Date.now() + 60_000, deadline: Date.now() + 65_000 };
      try {
        const injected = await verbs.inject(lab.context, fault);
        assert.match(injected.perTarget[0]?.detail ?? '', /not: .*disruption budget/);
        assert.equal((await verbs.verify(lab.context, fault)).ok, false);
      } finally {
        await verbs.revert(lab.context, fault);
        await lab.cluster.deleteObject({
          apiVersion: 'policy/v1',
          kind: 'PodDisruptionBudget',
          namespace: lab.space.name,
          name: app,
          uid: budget.metadata?.uid ?? '',
        });
      }
      assert.ok((await verbs.confirm(lab.context, fault)).ok);
      assert.notEqual((await readNode()).spec?.unschedulable, true);
    });

    it('moves the pods elsewhere, and the node takes pods again once undone', async () => {
      await exerciseFault(lab.context, {
        ...drain,
        targets: [target],
        namespace: lab.space.name,
        measure: async () => ({ ...(await podsOnNode()), takes: await takesPods() }),
        inEffect: ({ here, all, takes }) => here === 0 && all === 4 && !takes,
        gone: ({ takes }) => takes,
        tell: (before, during, after) =>
          `pods of the workload on the node: ${before.here}, then ${during.here} of ${during.all}; the scheduler afterwards: ${told(after.takes)}`,
      });
    });

    it('refuses a pod that nobody would bring back', async () => {
      await lab.cluster.createObject({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'lone', namespace: lab.space.name, labels: { app: 'lone' } },
        spec: {
          nodeName: target.node,
          terminationGracePeriodSeconds: 0,
          containers: [{ name: 'main', image: lab.image, imagePullPolicy: 'IfNotPresent', command: ['sleep', '600'] }],
        },
      });
      const { verbs, draft } = drafted(lab.context, {
        fault: 'node-drain',
        parameters: { podSelector: 'app=lone' },
        targets: [target],
        namespace: lab.space.name,
      });
      await assert.rejects(
        verbs.prepare(lab.context, draft),
        (error: unknown) => error instanceof RefusedError && /no controller/.test(error.message),
      );
      assert.notEqual((await readNode()).spec?.unschedulable, true);
    });
  });
});
