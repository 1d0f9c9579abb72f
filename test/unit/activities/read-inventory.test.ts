import assert from 'node:assert/strict';
import type { V1Pod } from '@kubernetes/client-node';
import type { Dependencies } from '../../../src/activities/dependencies.ts';
import { readInventory } from '../../../src/activities/read-inventory.ts';
import type { CampaignTarget } from '../../../src/contracts/campaign.ts';
import type { Workload } from '../../../src/kubernetes/cluster.ts';
import { campaignOf, experimentSpec } from '../../support/simulated-activities.ts';

function pod(name: string, owner: string): V1Pod {
  return {
    metadata: {
      name,
      uid: `uid-${name}`,
      labels: { app: 'cart', 'pod-template-hash': 'h' },
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `${owner}-h`, uid: 'r', controller: true }],
    },
    spec: { nodeName: 'n', containers: [{ name: 'main' }] },
    status: { phase: 'Running', podIP: '198.18.0.1', conditions: [{ type: 'Ready', status: 'True' }] },
  };
}

function deployment(name: string): Workload {
  return {
    kind: 'Deployment',
    name,
    uid: `uid-${name}`,
    replicas: 2,
    selector: `app=${name}`,
    terminationGracePeriodSeconds: 30,
    annotations: {},
  };
}

// The API server of a cluster, as far as it is read.
function read(target: Partial<CampaignTarget>, { pods, workloads }: { pods: V1Pod[]; workloads: Workload[] }) {
  const listed: (string | undefined)[] = [];
  const cluster = {
    listNodes: async () => [],
    readNamespace: async (name: string) => (name === 'shop' ? { metadata: { name } } : undefined),
    listWorkloads: async (_: string, kind: string) => workloads.filter((workload) => workload.kind === kind),
    listPods: async (_: string, selector: string | undefined) => {
      listed.push(selector);
      return pods;
    },
    listObjects: async () => [],
  };
  const deps = { cluster: () => cluster, ofCluster: () => ({ reach: 'direct' }) } as unknown as Dependencies;
  const campaign = { ...campaignOf(experimentSpec('only')), target: { cluster: 'default', namespace: 'shop', ...target } };
  return { listed, inventory: readInventory(campaign, deps, new AbortController().signal) };
}

describe('what is there of a target', () => {
  const cart = { pods: [pod('a', 'cart'), pod('b', 'cart')], workloads: [deployment('cart'), deployment('other')] };

  it('found by a selector: its pods are listed once, and their owner is the workload', async () => {
    const { listed, inventory } = read({ selector: 'app=cart' }, cart);
    const { workload, selector, pods } = await inventory;
    assert.deepEqual([workload?.name, selector, pods.map(({ name }) => name)], ['cart', 'app=cart', ['a', 'b']]);
    assert.deepEqual(listed, ['app=cart']);
  });

  it('found by a name: its pods are those of its own selector, narrowed by the one that is given', async () => {
    const { listed, inventory } = read({ name: 'cart', selector: 'track=canary' }, cart);
    assert.equal((await inventory).workload?.name, 'cart');
    assert.deepEqual(listed, ['track=canary,app=cart']);
  });

  it('is without a workload when no workload owns the pods, and when pods are what is asked for', async () => {
    const bare = read({ selector: 'app=cart' }, { ...cart, workloads: [] });
    assert.equal((await bare.inventory).workload, null);
    const asked = read({ kind: 'Pod', selector: 'app=cart' }, cart);
    assert.equal((await asked.inventory).workload, null);
    assert.deepEqual(asked.listed, ['app=cart']);
  });

  it('found as a pod by its name: it and those like it, which come in its place; others are not among them', async () => {
    const other: V1Pod = { ...pod('c', 'till'), metadata: { name: 'c', uid: 'c', labels: { app: 'till' } } };
    const { inventory } = read({ kind: 'Pod', name: 'b' }, { ...cart, pods: [...cart.pods, other] });
    const { workload, selector, pods } = await inventory;
    assert.deepEqual([workload, selector, pods.map(({ name }) => name)], [null, 'app=cart', ['a', 'b']]);
    await assert.rejects(read({ kind: 'Pod', name: 'x' }, cart).inventory, /Pod x does not exist in namespace shop; there are: a, b/);
    const bare: V1Pod = { ...pod('bare', 'x'), metadata: { name: 'bare', labels: { 'pod-template-hash': 'h' } } };
    await assert.rejects(read({ kind: 'Pod', name: 'bare' }, { pods: [bare], workloads: [] }).inventory, /has no labels of its own/);
  });

  it('leaves out pods that have ended or are on their way out', async () => {
    const ended: V1Pod = { ...pod('c', 'cart'), status: { phase: 'Succeeded' } };
    const leaving = pod('d', 'cart');
    leaving.metadata = { ...leaving.metadata, deletionTimestamp: new Date() };
    const { inventory } = read({ selector: 'app=cart' }, { ...cart, pods: [...cart.pods, ended, leaving] });
    assert.deepEqual(
      (await inventory).pods.map(({ name }) => name),
      ['a', 'b'],
    );
  });

  it('is refused when several workloads own the pods, when there is no such workload, and when there is no such namespace', async () => {
    const two = { ...cart, pods: [pod('a', 'cart'), pod('b', 'other')] };
    await assert.rejects(read({ selector: 'app=cart' }, two).inventory, /finds pods of 2 workloads \(Deployment cart, Deployment other\)/);
    await assert.rejects(
      read({ name: 'till' }, cart).inventory,
      /workload till does not exist.*there are: Deployment cart, Deployment other/,
    );
    await assert.rejects(read({ namespace: 'none', selector: 'app=cart' }, cart).inventory, /namespace none does not exist/);
  });
});
