import assert from 'node:assert/strict';
import { exerciseFault } from '../../support/exercise-fault.ts';
import { median, roundTrips } from '../../support/measure.ts';
import { NetworkPods } from '../../support/network-pods.ts';

describe('pod-network-latency', function () {
  this.timeout(240_000);
  let pods: NetworkPods;
  before(async () => {
    pods = await NetworkPods.open('latency');
  });
  after(() => pods?.[Symbol.asyncDispose]());

  const times = (count: number, from = pods.peer) =>
    roundTrips(pods.lab.cluster, { namespace: from.namespace, pod: from.pod, container: from.container }, pods.target.ip, count);

  it('delays what it is told to, for the peers it is told of', async () => {
    const { mechanism, fault } = await exerciseFault(pods.lab.context, {
      fault: 'pod-network-latency',
      parameters: { latency: '200ms', peers: 'app=peer', ports: ['1024-65535'] },
      targets: [pods.target],
      namespace: pods.target.namespace,
      measure: async () => ({ peer: median(await times(10)), bystander: median(await times(10, pods.bystander)) }),
      inEffect: ({ peer }, before) => peer >= 200 && peer < 300 + before.peer,
      gone: ({ peer }) => peer < 50,
      tell: (before, during) =>
        `round trip of a PING: ${before.peer.toFixed(1)} ms before, ${during.peer.toFixed(1)} ms under a latency of 200 ms`,
      whileItHolds: async () => assert.ok(median(await times(10, pods.bystander)) < 50, 'another pod is delayed, too'),
    });
    assert.ok(['netem', 'nfqueue'].includes(mechanism.mechanism), mechanism.mechanism);
    assert.notEqual(mechanism.reason, '');
    assert.equal(fault.mechanism, mechanism.mechanism);
  });

  it('adds up with a loss on the same pod, and the end of one leaves the other', async () => {
    const slow = (values: number[]) => values.filter((value) => value > 250).length;
    const alone = median(await times(10));
    await exerciseFault(pods.lab.context, {
      fault: 'pod-network-latency',
      parameters: { latency: '100ms' },
      targets: [pods.target],
      namespace: pods.target.namespace,
      measure: () => times(10),
      inEffect: (values) => median(values) >= 100 && median(values) < 200,
      gone: (values) => median(values) < 50 + alone,
      whileItHolds: async () => {
        await exerciseFault(pods.lab.context, {
          fault: 'pod-network-loss',
          parameters: { percent: '30%' },
          targets: [pods.target],
          namespace: pods.target.namespace,
          measure: () => times(40),
          // a round trip that lost a packet waits for it to be sent once more
          inEffect: (values) => Math.min(...values) >= 100 && slow(values) >= 5,
          gone: (values) => Math.min(...values) >= 100 && slow(values) <= 1,
        });
      },
    });
  });
});
