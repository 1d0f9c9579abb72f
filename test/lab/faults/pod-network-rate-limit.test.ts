import assert from 'node:assert/strict';
import { exerciseFault } from '../../support/exercise-fault.ts';
import { NetworkPods } from '../../support/network-pods.ts';

describe('pod-network-rate-limit', function () {
  this.timeout(240_000);
  let pods: NetworkPods;
  before(async () => {
    pods = await NetworkPods.open('rate-lim');
  });
  after(() => pods?.[Symbol.asyncDispose]());

  it('slows a transfer down to its bandwidth', async () => {
    const bytes = 400_000;
    await pods.fill(bytes);
    const rate = (ms: number) => (bytes * 8) / ms;
    const { mechanism } = await exerciseFault(pods.lab.context, {
      fault: 'pod-network-rate-limit',
      targets: [pods.target],
      namespace: pods.target.namespace,
      measure: () => pods.fetch(),
      // 1 Mbit/s, and what the bucket holds at once
      inEffect: (ms) => rate(ms) < 1_100 && rate(ms) > 500,
      gone: (ms) => ms < 1_000,
      tell: (before, during) =>
        `a transfer of 400 kB: ${(rate(before) / 1000).toFixed(0)} Mbit/s before, ${(rate(during) / 1000).toFixed(2)} Mbit/s under a limit of 1 Mbit/s`,
    });
    assert.ok(['tbf', 'nfqueue'].includes(mechanism.mechanism), mechanism.mechanism);
  });

  it('also what comes in', async () => {
    await pods.fill(10);
    const push = `start=\${EPOCHREALTIME/./}; head -c 300000 /dev/zero | timeout 50 redis-cli -h ${pods.target.ip} -x set in >/dev/null || exit 1; end=\${EPOCHREALTIME/./}; echo $((end - start))`;
    const { mechanism } = await exerciseFault(pods.lab.context, {
      fault: 'pod-network-rate-limit',
      parameters: { bandwidth: '1mbit', direction: 'ingress', burst: '16Ki', limit: '256Ki' },
      targets: [pods.target],
      namespace: pods.target.namespace,
      measure: async () => Number(await pods.bash(pods.peer, push)) / 1000,
      inEffect: (ms) => ms > 2_000,
      gone: (ms) => ms < 1_000,
    });
    assert.equal(mechanism.mechanism, 'nfqueue');
  });
});
