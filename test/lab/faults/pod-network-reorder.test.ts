import { exerciseFault } from '../../support/exercise-fault.ts';
import { NetworkPods } from '../../support/network-pods.ts';

describe('pod-network-reorder', function () {
  this.timeout(240_000);
  let pods: NetworkPods;
  before(async () => {
    pods = await NetworkPods.open('reorder');
  });
  after(() => pods?.[Symbol.asyncDispose]());

  it('lets packets overtake one another', async () => {
    await pods.fill(2_000_000);
    const early = () => pods.grows('TcpExt.TCPOFOQueue', () => pods.fetch());
    await exerciseFault(pods.lab.context, {
      fault: 'pod-network-reorder',
      targets: [pods.target],
      namespace: pods.target.namespace,
      measure: early,
      inEffect: (packets) => packets > 20,
      gone: (packets) => packets <= 5,
      tell: (before, during) =>
        `packets of 2 MB that a peer has before those sent earlier: ${before} before, ${during} under a reordering of 30 %`,
    });
  });
});
