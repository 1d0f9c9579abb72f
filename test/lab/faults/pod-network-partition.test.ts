import assert from 'node:assert/strict';
import { RefusedError } from '../../../src/faults/verbs.ts';
import { drafted, exerciseFault } from '../../support/exercise-fault.ts';
import { NetworkPods } from '../../support/network-pods.ts';

describe('pod-network-partition', function () {
  this.timeout(240_000);
  let pods: NetworkPods;
  before(async () => {
    pods = await NetworkPods.open('partitio');
  });
  after(() => pods?.[Symbol.asyncDispose]());

  const reach = async () => ({
    fromPeer: await pods.reaches(pods.peer, pods.target),
    toPeer: await pods.reaches(pods.target, pods.peer),
    fromBystander: await pods.reaches(pods.bystander, pods.target),
    toBystander: await pods.reaches(pods.target, pods.bystander),
  });
  type Reach = Awaited<ReturnType<typeof reach>>;
  const all = (value: Reach) => Object.values(value).every(Boolean);

  it('cuts a pod off from the pods it is told of, and from no other', async () => {
    const { mechanism } = await exerciseFault(pods.lab.context, {
      fault: 'pod-network-partition',
      parameters: { peers: 'app=peer' },
      targets: [pods.target],
      namespace: pods.target.namespace,
      measure: reach,
      inEffect: ({ fromPeer, toPeer, fromBystander, toBystander }) => !fromPeer && !toPeer && fromBystander && toBystander,
      gone: all,
      tell: (_before, during) =>
        `a new connection from the peer: ${during.fromPeer ? 'answered' : 'no answer'}; from another pod: ${during.fromBystander ? 'answered' : 'no answer'}`,
    });
    assert.equal(mechanism.mechanism, 'drop');
    assert.match(mechanism.reason, /network-policy: it can only cut off everything/);
  });

  it('cuts one way: what the pod opens, not what is opened to it', async () => {
    await exerciseFault(pods.lab.context, {
      fault: 'pod-network-partition',
      parameters: { direction: 'egress', ports: ['6379'] },
      targets: [pods.target],
      namespace: pods.target.namespace,
      measure: reach,
      inEffect: ({ fromPeer, toPeer, fromBystander, toBystander }) => fromPeer && !toPeer && fromBystander && !toBystander,
      gone: all,
    });
  });

  it('cuts off from everything, in the pod where nothing enforces a NetworkPolicy', async () => {
    const { mechanism } = await exerciseFault(pods.lab.context, {
      fault: 'pod-network-partition',
      parameters: {},
      targets: [pods.target],
      namespace: pods.target.namespace,
      beyond: [{ apiGroup: 'apps', resource: 'daemonsets', verbs: ['list'], allNamespaces: true }],
      measure: reach,
      inEffect: (value) => !Object.values(value).some(Boolean),
      gone: all,
    });
    assert.match(mechanism.reason, /network-policy: nothing that is known to enforce it runs in the cluster/);
  });

  it('is refused by a NetworkPolicy that nothing enforces', async () => {
    const { verbs, draft } = drafted(pods.lab.context, {
      fault: 'pod-network-partition',
      parameters: { mechanism: 'network-policy' },
      targets: [pods.target],
      namespace: pods.target.namespace,
    });
    await assert.rejects(verbs.prepare(pods.lab.context, draft), (error) => {
      assert.ok(error instanceof RefusedError);
      assert.match(error.message, /nothing that is known to enforce it/);
      return true;
    });
  });

  it('makes its NetworkPolicy, reads it back and takes it away', async () => {
    const { verbs, draft } = drafted(pods.lab.context, {
      fault: 'pod-network-partition',
      parameters: { mechanism: 'network-policy', direction: 'ingress' },
      targets: [pods.target],
      namespace: pods.target.namespace,
      selector: 'app=target',
    });
    const endsAt = Date.now() + 60_000;
    const fault = { ...draft, mechanism: 'network-policy', endsAt, deadline: endsAt };
    const reference = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', namespace: draft.namespace, name: `squall-${draft.id}` };
    await verbs.inject(pods.lab.context, fault);
    await verbs.inject(pods.lab.context, fault);
    assert.ok((await verbs.verify(pods.lab.context, fault)).ok);
    const made = await pods.lab.cluster.readObject(reference);
    assert.deepEqual(JSON.parse(JSON.stringify(made)).spec, {
      podSelector: { matchLabels: { app: 'target' } },
      policyTypes: ['Ingress'],
    });
    await verbs.revert(pods.lab.context, fault);
    await verbs.revert(pods.lab.context, fault);
    assert.ok((await verbs.confirm(pods.lab.context, fault)).ok);
    assert.equal(await pods.lab.cluster.readObject(reference), undefined);
  });
});
