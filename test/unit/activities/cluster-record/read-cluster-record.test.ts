import assert from 'node:assert/strict';
import { readClusterRecord } from '../../../../src/activities/cluster-record/read-cluster-record.ts';
import type { Dependencies } from '../../../../src/activities/dependencies.ts';
import { ClusterError, type ListQuery } from '../../../../src/kubernetes/cluster.ts';
import { plan } from '../../report/example.ts';

function forbidden(what: string): never {
  throw new ClusterError(`list ${what}`, 'HTTP 403: not allowed', { status: 403, retryable: false });
}

describe('the record of a cluster', () => {
  it('names what it may not read, and has the rest', async () => {
    const { inventory } = plan();
    const cluster = {
      name: 'default',
      listPods: async () => [],
      listNodes: async () => [{ metadata: { name: 'a', labels: { 'topology.kubernetes.io/zone': 'zone-a' } } }],
      listObjects: async ({ kind, namespace }: ListQuery) => {
        if (kind === 'PodDisruptionBudget' || namespace === 'default') forbidden(kind);
        return [];
      },
    };
    const deps = {
      cluster: () => cluster,
      ofCluster: () => ({ reach: 'direct', prometheusUrl: null }),
    } as unknown as Dependencies;
    const bare = { ...inventory, namespace: 'shop', application: null };
    const record = await readClusterRecord(bare, Date.now(), deps, new AbortController().signal);
    assert.deepEqual(record.gaps.sort(), [
      'disruption budgets: forbidden',
      'events of nodes: forbidden',
      `workload: ${inventory.workload?.kind} shop/${inventory.workload?.name} is not there`,
    ]);
    assert.deepEqual([record.budgets, record.workload, record.zones, record.events], [null, null, ['zone-a'], []]);
  });

  it('ends with the caller', async () => {
    const ended = AbortSignal.abort(new Error('enough'));
    const cluster = {
      name: 'default',
      listPods: async () => ended.throwIfAborted(),
      listNodes: async () => [],
      listObjects: async () => [],
    };
    const deps = { cluster: () => cluster, ofCluster: () => ({ reach: 'direct', prometheusUrl: null }) } as unknown as Dependencies;
    await assert.rejects(readClusterRecord({ ...plan().inventory, application: null }, 0, deps, ended), /enough/);
  });
});
