import assert from 'node:assert/strict';
import type { KubernetesObject } from '@kubernetes/client-node';
import { faultId } from '../../../src/contracts/fault-id.ts';
import { objectKeys } from '../../../src/contracts/object-keys.ts';
import { attribute } from '../../../src/faults/undone/attributed.ts';
import { readUndone } from '../../../src/faults/undone/undone-event.ts';
import { ClusterError } from '../../../src/kubernetes/cluster.ts';
import { faultsOfRun, undoRun } from '../../../src/sweep/faults-of-run.ts';
import { isLeft, sweep } from '../../../src/sweep/sweep.ts';
import { FakeCluster } from './fake-cluster.ts';

const held = (id: string, endsAt = Date.now() + 60_000) => ({
  id,
  kind: 'network',
  state: 'active',
  endsAt,
  inEffect: true,
  evidence: 'a rule',
});

function borne(
  kind: string,
  name: string,
  fault: string,
  restore: object,
  changes: { type?: string; expiresAt?: number; spec?: object } = {},
) {
  const { type, expiresAt = Date.now() + 60_000, spec } = changes;
  const apiVersion = kind === 'Node' ? 'v1' : 'apps/v1';
  const annotations = {
    [objectKeys.run]: 'run-a',
    [objectKeys.fault]: fault,
    ...(type !== undefined && { [objectKeys.faultType]: type }),
    [objectKeys.expiresAt]: new Date(expiresAt).toISOString(),
    [objectKeys.restore]: JSON.stringify(restore),
  };
  const metadata = { name, annotations, ...(kind !== 'Node' && { namespace: 'shop' }) };
  return { apiVersion, kind, metadata, ...(spec !== undefined && { spec }) };
}

const fault = faultId('run-a', 1);
const other = faultId('run-b', 1);

function specOf(object: KubernetesObject | undefined): unknown {
  return object !== undefined && 'spec' in object ? object.spec : undefined;
}

describe('a sweep', () => {
  let fake: FakeCluster;
  beforeEach(() => {
    fake = new FakeCluster();
  });

  it('finds nothing in an empty cluster', async () => {
    assert.deepEqual((await sweep(fake.context)).findings, []);
  });

  it('touches nothing when it is a dry run, and says what it would undo', async () => {
    fake.addCarrier('cart-0', { faults: [held(fault, Date.now() - 60_000)] });
    fake.add(borne('Deployment', 'cart', fault, { replicas: 3, set: 1 }, { expiresAt: Date.now() - 60_000, spec: { replicas: 1 } }));
    const { findings } = await sweep(fake.context, { dryRun: true });
    assert.deepEqual(fake.changes, []);
    assert.deepEqual(
      findings.map(({ where, state, due, undone }) => ({ where, state, due, undone })),
      [
        { where: 'shop/cart-0/squall-net-1', state: 'overdue', due: true, undone: null },
        { where: 'shop/Deployment/cart', state: 'overdue', due: true, undone: null },
      ],
    );
    assert.ok(findings.every(({ undo }) => undo !== null));
  });

  it('leaves alone what is in its time, and undoes it once its run is over', async () => {
    fake.addCarrier('cart-0', { faults: [held(fault)] });
    fake.addCarrier('cart-1', { faults: [held(other)] });
    const runState = async (id: string) => (id === fault ? ('over' as const) : ('running' as const));
    const { findings } = await sweep(fake.context, { runState });
    assert.deepEqual(
      fake.changes.filter((change) => change.startsWith('stop')),
      [`stop ${fault} in cart-0`],
    );
    assert.deepEqual(
      findings.map(({ fault: id, state, undone }) => ({ id, state, ok: undone?.ok })),
      [
        { id: fault, state: 'orphan', ok: true },
        { id: other, state: 'active', ok: undefined },
      ],
    );
  });

  it('counts nothing as left that has ended, though it tidies it away', async () => {
    const annotations = { [objectKeys.undone]: JSON.stringify({ [fault]: new Date(0).toISOString() }) };
    fake.add({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'worker-1', annotations } });
    const dry = await sweep(fake.context, { dryRun: true });
    assert.deepEqual(
      dry.findings.map((finding) => [finding.state, finding.due, isLeft(finding)]),
      [['ended', true, false]],
    );
    await sweep(fake.context);
    assert.deepEqual((await sweep(fake.context, { dryRun: true })).findings, []);
  });

  it('goes on when it cannot ask how runs are: then the deadline counts', async () => {
    fake.addCarrier('cart-0', { faults: [held(fault), held(other, Date.now() - 60_000)] });
    const report = await sweep(fake.context, { runState: () => Promise.reject(new Error('nobody answers')) });
    assert.equal(report.runsNotAsked, 'nobody answers');
    assert.deepEqual(
      report.findings.map(({ state }) => state),
      ['active', 'overdue'],
    );
    assert.ok(fake.changes.includes(`stop ${other} in cart-0`) && !fake.changes.includes(`stop ${fault} in cart-0`));
  });

  const nodes: [string, object, { type?: string; spec: object }, unknown][] = [
    ['a cordon', { unschedulable: false }, { type: 'node-cordon', spec: { unschedulable: true } }, {}],
    ['a drain', { unschedulable: false }, { type: 'node-drain', spec: { unschedulable: true } }, {}],
    ['a cordon of a time when its name was not written', { unschedulable: false }, { spec: { unschedulable: true } }, {}],
    [
      'taints, and no others',
      { taints: ['mine=x:NoSchedule'] },
      {
        type: 'node-taint',
        spec: {
          taints: [
            { key: 'theirs', effect: 'NoSchedule' },
            { key: 'mine', value: 'x', effect: 'NoSchedule' },
          ],
        },
      },
      { taints: [{ key: 'theirs', effect: 'NoSchedule' }] },
    ],
  ];
  for (const [name, restore, changes, after] of nodes) {
    it(`undoes ${name} by what is written on the node`, async () => {
      fake.add(borne('Node', 'worker-1', fault, restore, { ...changes, expiresAt: Date.now() - 60_000 }));
      const { findings } = await sweep(fake.context);
      assert.deepEqual(
        findings.map(({ where, undone }) => ({ where, ok: undone?.ok })),
        [{ where: 'Node/worker-1', ok: true }],
      );
      const node = fake.objects.find(({ kind }) => kind === 'Node');
      assert.deepEqual(specOf(node), after);
      assert.equal(node?.metadata?.annotations?.[objectKeys.fault], undefined);
    });
  }

  it('puts replicas back, but not where somebody has set others since', async () => {
    const late = { type: 'workload-scale', expiresAt: Date.now() - 60_000 };
    fake.add(borne('Deployment', 'cart', fault, { replicas: 3, set: 1 }, { ...late, spec: { replicas: 1 } }));
    fake.add(borne('StatefulSet', 'redis', fault, { replicas: 3, set: 1 }, { ...late, spec: { replicas: 5 } }));
    await sweep(fake.context);
    assert.deepEqual(
      ['cart', 'redis'].map((name) => specOf(fake.objects.find(({ metadata }) => metadata?.name === name))),
      [{ replicas: 3 }, { replicas: 5 }],
    );
  });

  it('leaves alone what a controller has copied from the object that bears a fault, and takes off copies that are left', async () => {
    const type = 'workload-scale';
    fake.add(borne('Deployment', 'cart', fault, { replicas: 3, set: 1 }, { type, spec: { replicas: 1 } }));
    fake.add({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { namespace: 'shop', name: 'web' } });
    const copies = ['cart', 'web'].map((owner) => {
      const copy = borne(
        'ReplicaSet',
        `${owner}-1`,
        owner === 'cart' ? fault : other,
        { replicas: 3, set: 1 },
        { type, spec: { replicas: 1 } },
      );
      const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'Deployment', name: owner, uid: owner, controller: true }];
      return { ...copy, metadata: { ...copy.metadata, ownerReferences } };
    });
    const [cart, web] = copies;
    assert.ok(cart && web);
    // As the controller copies it: to the letter.
    const annotations = fake.objects[0]?.metadata?.annotations ?? {};
    fake.add({ ...cart, metadata: { ...cart.metadata, annotations: { ...annotations } } }, web);
    const { findings } = await sweep(fake.context);
    assert.deepEqual(
      findings.map(({ where, state, undone }) => ({ where, state, ok: undone?.ok })),
      [
        { where: 'shop/Deployment/cart', state: 'active', ok: undefined },
        { where: 'shop/ReplicaSet/web-1', state: 'ended', ok: true },
      ],
    );
    const left = fake.objects.filter(({ kind }) => kind === 'ReplicaSet');
    assert.deepEqual(left.map(specOf), [{ replicas: 1 }, { replicas: 1 }]);
    assert.deepEqual(
      left.map(({ metadata }) => Object.keys(metadata?.annotations ?? {}).length),
      [Object.keys(annotations).length, 0],
    );
  });

  it('restores a deleted object from what was kept, and only what was kept so', async () => {
    const kept = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'shop', name: 'settings' }, data: { a: '1' } };
    const keeper = (name: string, content: object, kind = 'ConfigMap') => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        namespace: 'shop',
        name,
        labels: { [objectKeys.fault]: fault },
        annotations: {
          [objectKeys.fault]: fault,
          [objectKeys.expiresAt]: new Date(0).toISOString(),
          [objectKeys.restore]: JSON.stringify({ apiVersion: 'v1', kind, name: 'settings', uid: 'before' }),
        },
      },
      data: { 'object.json': JSON.stringify(content) },
    });
    fake.add(keeper(`squall-kept-${fault}-0`, kept));
    const elsewhere = { ...kept, metadata: { namespace: 'kube-system', name: 'settings' } };
    fake.add(keeper(`squall-kept-${fault}-1`, elsewhere));
    fake.add(keeper(`squall-kept-${fault}-2`, { ...kept, kind: 'Secret' }, 'Secret'));
    const { findings } = await sweep(fake.context);
    const restored = fake.objects.filter(({ metadata }) => metadata?.name === 'settings');
    assert.deepEqual(
      restored.map(({ kind, metadata }) => [kind, metadata?.namespace]),
      [['ConfigMap', 'shop']],
    );
    assert.deepEqual(
      findings.map(({ state, undone }) => ({ state, ok: undone?.ok })),
      [
        { state: 'overdue', ok: true },
        { state: 'unknown', ok: undefined },
        { state: 'unknown', ok: undefined },
      ],
    );
  });

  it('hides nothing behind an agent that does not answer, a kind that may not be listed, or an undo that fails', async () => {
    fake.addCarrier('broken', new ClusterError('exec', 'no route to the kubelet', { retryable: true }));
    fake.addCarrier('cart-0', { faults: [held(fault, Date.now() - 60_000)] });
    fake.broken.set('Secret', new ClusterError('list', 'HTTP 403: forbidden', { status: 403, retryable: false }));
    fake.add({ ...borne('Deployment', 'odd', fault, { nobody: 'knows' }, { expiresAt: 0 }) });
    const { findings } = await sweep(fake.context);
    assert.deepEqual(
      findings.map(({ where, kind, state, undone }) => ({ where, kind, state, ok: undone?.ok })),
      [
        { where: 'shop/broken/squall-net-1', kind: 'carrier', state: 'unknown', ok: undefined },
        { where: 'shop/cart-0/squall-net-1', kind: 'network', state: 'overdue', ok: true },
        { where: 'shop/Deployment/odd', kind: 'fault', state: 'overdue', ok: false },
        { where: '*', kind: 'Secrets', state: 'unknown', ok: undefined },
      ],
    );
    assert.deepEqual(findings.map(isLeft), [true, false, true, true]);
  });

  it('fails when the API server cannot be reached', async () => {
    fake.broken.set('Node', new ClusterError('list', 'connect ECONNREFUSED', { retryable: true }));
    await assert.rejects(sweep(fake.context), /ECONNREFUSED/);
  });

  it("ends and deletes squall's pods on nodes, the ended ones too, also when their agents cannot be asked", async () => {
    const carrier = (name: string, phase: string, expiresAt: number) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        namespace: 'shop',
        name,
        labels: { 'app.kubernetes.io/managed-by': 'squall', [objectKeys.fault]: fault },
        annotations: {
          [objectKeys.run]: 'run-a',
          [objectKeys.fault]: fault,
          [objectKeys.faultType]: 'node-isolate',
          [objectKeys.expiresAt]: new Date(expiresAt).toISOString(),
        },
      },
      spec: {
        nodeName: 'worker-1',
        hostNetwork: true,
        containers: [{ name: 'agent', command: ['/squall-agent', 'serve', '--control', ':23001'] }],
      },
      status: { phase },
    });
    fake.add(
      carrier('living', 'Running', Date.now() + 60_000),
      carrier('late', 'Running', 0),
      carrier('done', 'Failed', Date.now() + 60_000),
    );
    const { findings } = await sweep(fake.context);
    assert.deepEqual(
      findings.map(({ state, undone }) => ({ state, ok: undone?.ok })),
      [
        { state: 'active', ok: undefined },
        { state: 'overdue', ok: true },
        { state: 'ended', ok: true },
      ],
    );
    assert.deepEqual(
      fake.objects.filter(({ kind }) => kind === 'Pod').map(({ metadata }) => metadata?.name),
      ['living'],
    );
    assert.ok(fake.changes.includes('stop late'));
  });

  it('removes from the kernel what no agent claims, and leaves what another agent holds to that one', async () => {
    const leftover = (id: string, owner: number) => ({ id, mechanism: 'netem', until: Date.now() + 60_000, where: 'a rule', owner });
    fake.addCarrier('cart-0', { faults: [], leftovers: [leftover(fault, 0), leftover(other, 77)] });
    const { findings } = await sweep(fake.context);
    assert.deepEqual(
      findings.map(({ fault: id, state, undone }) => ({ id, state, ok: undone?.ok })),
      [{ id: fault, state: 'orphan', ok: true }],
    );
  });

  it('tells what is left of a run, and undoes that alone', async () => {
    fake.addCarrier('cart-0', { faults: [held(fault), held(other)] });
    fake.add(borne('Node', 'worker-1', fault, { unschedulable: false }, { type: 'node-cordon', spec: { unschedulable: true } }));
    const before = await faultsOfRun(fake.context, 'run-a');
    assert.deepEqual(
      before.left.map(({ where }) => where),
      ['shop/cart-0/squall-net-1', 'Node/worker-1'],
    );
    await undoRun(fake.context, 'run-a');
    assert.ok(!fake.changes.some((change) => change.includes(other)));
    fake.agents.set('shop/cart-0/squall-net-1', { faults: [held(other)] });
    assert.deepEqual(await faultsOfRun(fake.context, 'run-a'), { left: [], unread: [] });
    assert.equal((await faultsOfRun(fake.context, 'run-b')).left.length, 1);
  });

  it('leaves word of what it undid, by which a workflow that finds its work done knows whose it was', async () => {
    fake.addCarrier('cart-0', { faults: [held(fault, Date.now() - 60_000)] });
    fake.add(borne('Node', 'worker-1', fault, { unschedulable: false }, { expiresAt: 0, spec: { unschedulable: true } }));
    await sweep(fake.context);
    const node = { kind: 'node' as const, node: 'worker-1', uid: 'u', ip: '', zone: null };
    const undone = await readUndone(fake.context, { id: fault, namespace: 'shop', targets: [node] });
    assert.deepEqual(undone.map(({ target }) => target).sort(), ['cart-0', 'node/worker-1']);

    const at = Date.now() + 5;
    const entry = (target: string) => ({ target, by: 'workflow' as const, at, detail: 'not there' });
    const all = attribute({ revertedAt: at, revertedBy: 'workflow', perTarget: [entry('cart-0')] }, undone);
    assert.equal(all.revertedBy, 'janitor');
    assert.ok(all.revertedAt < at);
    const some = attribute({ revertedAt: at, revertedBy: 'workflow', perTarget: [entry('cart-0'), entry('cart-1')] }, undone);
    assert.deepEqual([some.revertedBy, ...some.perTarget.map(({ by }) => by)], ['workflow', 'janitor', 'workflow']);
  });
});
