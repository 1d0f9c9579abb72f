import { exerciseFault } from '../../support/exercise-fault.ts';
import { roundTrips } from '../../support/measure.ts';
import { NetworkPods } from '../../support/network-pods.ts';

describe('pod-network-duplication', function () {
  this.timeout(240_000);
  let pods: NetworkPods;
  before(async () => {
    pods = await NetworkPods.open('duplicat');
  });
  after(() => pods?.[Symbol.asyncDispose]());

  const times = (count: number, from = pods.peer) =>
    roundTrips(pods.lab.cluster, { namespace: from.namespace, pod: from.pod, container: from.container }, pods.target.ip, count);

  it('doubles the share it is told to', async () => {
    const count = 60;
    // what TCP has had before, it says so of
    const doubled = () => pods.grows('TcpExt.TCPDSACKOldSent', () => times(count));
    await exerciseFault(pods.lab.context, {
      fault: 'pod-network-duplication',
      targets: [pods.target],
      namespace: pods.target.namespace,
      measure: doubled,
      inEffect: (copies) => copies > count * 0.1 && copies < count,
      gone: (copies) => copies <= 2,
      tell: (before, during) => `data a peer has twice in ${count} PINGs: ${before} before, ${during} under a duplication of 30 %`,
    });
  });
});
