import assert from 'node:assert/strict';
import { exerciseFault } from '../../support/exercise-fault.ts';
import { roundTrips } from '../../support/measure.ts';
import { NetworkPods } from '../../support/network-pods.ts';

describe('pod-network-loss', function () {
  this.timeout(240_000);
  let pods: NetworkPods;
  before(async () => {
    pods = await NetworkPods.open('loss');
  });
  after(() => pods?.[Symbol.asyncDispose]());

  const times = (count: number, from = pods.peer) =>
    roundTrips(pods.lab.cluster, { namespace: from.namespace, pod: from.pod, container: from.container }, pods.target.ip, count);

  it('loses the share it is told to', async () => {
    // Whatever is lost is sent once more, after 200 ms at the earliest.
    const again = (values: number[]) => values.filter((value) => value > 150).length / values.length;
    const { mechanism } = await exerciseFault(pods.lab.context, {
      fault: 'pod-network-loss',
      targets: [pods.target],
      namespace: pods.target.namespace,
      measure: () => times(60),
      inEffect: (values) => again(values) > 0.12 && again(values) < 0.6,
      gone: (values) => again(values) < 0.05,
      tell: (before, during) =>
        `round trips that needed a packet sent again: ${(again(before) * 100).toFixed(0)} % before, ${(again(during) * 100).toFixed(0)} % of 60 under a loss of 30 %`,
    });
    assert.ok(['netem', 'nfqueue'].includes(mechanism.mechanism), mechanism.mechanism);
  });

  it("of everything is the kernel's own work", async () => {
    const { mechanism } = await exerciseFault(pods.lab.context, {
      fault: 'pod-network-loss',
      parameters: { percent: '100%', ports: ['6379'], direction: 'ingress', localPorts: ['1-65535'], exceptCidrs: [pods.bystander.ip] },
      targets: [pods.target],
      namespace: pods.target.namespace,
      measure: async () => pods.reaches(pods.target, pods.peer),
      inEffect: (reached) => !reached,
      gone: (reached) => reached,
      whileItHolds: async () => {
        assert.ok(await pods.reaches(pods.peer, pods.target), 'what comes to another port is lost, too');
        assert.ok(await pods.reaches(pods.target, pods.bystander), 'what is excepted is lost, too');
      },
    });
    assert.equal(mechanism.mechanism, 'drop');
  });
});
