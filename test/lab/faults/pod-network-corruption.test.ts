import { exerciseFault } from '../../support/exercise-fault.ts';
import { roundTrips } from '../../support/measure.ts';
import { NetworkPods } from '../../support/network-pods.ts';

describe('pod-network-corruption', function () {
  this.timeout(240_000);
  let pods: NetworkPods;
  before(async () => {
    pods = await NetworkPods.open('corrupti');
  });
  after(() => pods?.[Symbol.asyncDispose]());

  const times = (count: number, from = pods.peer) =>
    roundTrips(pods.lab.cluster, { namespace: from.namespace, pod: from.pod, container: from.container }, pods.target.ip, count);

  // A node drops damaged packets that it forwards, or the peer does: either way they have to be sent again.
  it('damages the share it is told to, and those packets are sent again', async () => {
    const again = (values: number[]) => values.filter((value) => value > 150).length / values.length;
    await exerciseFault(pods.lab.context, {
      fault: 'pod-network-corruption',
      targets: [pods.target],
      namespace: pods.target.namespace,
      measure: () => times(60),
      inEffect: (values) => again(values) > 0.12 && again(values) < 0.6,
      gone: (values) => again(values) < 0.05,
      tell: (before, during) =>
        `round trips that needed a packet sent again: ${(again(before) * 100).toFixed(0)} % before, ${(again(during) * 100).toFixed(0)} % of 60 under a corruption of 30 %`,
    });
  });
});
