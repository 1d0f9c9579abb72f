import assert from 'node:assert/strict';
import type { V1Pod } from '@kubernetes/client-node';
import type { ProbeSpec, WorkloadKind } from '../../../src/contracts/campaign.ts';
import type { Cluster } from '../../../src/kubernetes/cluster.ts';
import { missing, openPodsReadyProbe } from '../../../src/probes/pods-ready.ts';

function pod(name: string, ready: boolean, more: { terminating?: boolean; waiting?: string } = {}): V1Pod {
  return {
    metadata: { name, ...(more.terminating && { deletionTimestamp: new Date() }) },
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
      ...(more.waiting && {
        containerStatuses: [{ name: 'c', image: '', imageID: '', ready, restartCount: 0, state: { waiting: { reason: more.waiting } } }],
      }),
    },
  };
}

describe('what is missing of pods', () => {
  const cases: [string, V1Pod[], number, string | undefined][] = [
    ['nothing', [pod('a', true), pod('b', true)], 2, undefined],
    ['one that is not Ready', [pod('a', true), pod('b', false)], 2, 'not Ready: b (Running)'],
    ['one that crashes', [pod('a', false, { waiting: 'CrashLoopBackOff' })], 1, 'not Ready: a (CrashLoopBackOff)'],
    ['one that is not there', [pod('a', true)], 2, '1 pods, expected 2'],
    ['one too many', [pod('a', true), pod('b', true)], 1, '2 pods, expected 1'],
    ['one on its way out', [pod('a', true), pod('b', true, { terminating: true })], 2, '1 pods, expected 2; terminating: b'],
    ['one on its way out beside its successor', [pod('a', true), pod('b', true, { terminating: true })], 1, 'terminating: b'],
    ['all of them', [], 0, 'no pods'],
  ];
  for (const [name, pods, wanted, expected] of cases) it(name, () => assert.equal(missing(pods, wanted), expected));
});

describe('the probe pods-ready', () => {
  const spec: ProbeSpec = {
    name: 'p',
    type: 'pods-ready',
    parameters: {},
    when: 'after',
    weight: 10,
    intervalMs: 1_000,
    timeoutMs: 30_000,
  };
  const ofDeployment = (name: string): V1Pod => {
    const { status } = pod(name, true);
    const labels = { 'pod-template-hash': '5d' };
    const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'cart-5d', uid: 'u', controller: true };
    return { metadata: { name, labels, ownerReferences: [owner] }, ...(status && { status }) };
  };

  /** Of a worker that may list Deployments alone, as `squall plan --rbac` grants it for a campaign on one. */
  function open(pods: V1Pod[][]) {
    let round = 0;
    const asked: WorkloadKind[] = [];
    const cluster = {
      listPods: async () => pods[Math.min(round++, pods.length - 1)] ?? [],
      listWorkloads: async (_: string, kind: WorkloadKind) => {
        asked.push(kind);
        if (kind !== 'Deployment') throw new Error(`list ${kind}s shop: HTTP 403`);
        return [{ kind, name: 'cart', selector: 'app=cart', replicas: 2 }];
      },
    } as unknown as Cluster;
    const probe = openPodsReadyProbe(spec, { cluster, namespace: 'shop', selector: 'app=cart' } as Parameters<
      typeof openPodsReadyProbe
    >[1]);
    return { asked, sample: () => probe.sample(new AbortController().signal) };
  }

  it('asks for no kind of workload but that of the pods', async () => {
    const { asked, sample } = open([[ofDeployment('a'), ofDeployment('b')]]);
    assert.deepEqual({ ok: (await sample()).ok, asked }, { ok: true, asked: ['Deployment'] });
  });

  it('goes on asking for it when all of them are gone', async () => {
    const { asked, sample } = open([[ofDeployment('a'), ofDeployment('b')], []]);
    await sample();
    assert.equal((await sample()).error, '0 pods, expected 2');
    assert.deepEqual(asked, ['Deployment', 'Deployment']);
  });

  it('asks for none of pods without a workload', async () => {
    const { asked, sample } = open([[pod('a', true)]]);
    assert.deepEqual({ ok: (await sample()).ok, asked }, { ok: true, asked: [] });
  });
});
