import assert from 'node:assert/strict';
import { parseSentinelLog } from '../../../../src/activities/cluster-record/sentinel-log.ts';

// As redis 6.2 writes it, and the kubelet dates it.
const text = `2026-11-28T20:36:10.100000000Z 1:X 28 Nov 2026 20:36:10.100 * +slave slave 10.0.0.2:6379 10.0.0.2 6379 @ redis redis-0 6379
2026-11-28T20:36:16.053123456Z 1:X 28 Nov 2026 20:36:16.053 # +sdown master redis redis-leader-0.shop.svc 6379
2026-11-28T20:36:17.000000001Z 1:X 28 Nov 2026 20:36:17.000 # -failover-abort-no-good-slave master redis redis-leader-0.shop.svc 6379
2026-11-28T20:36:18.000000001Z 1:X 28 Nov 2026 20:36:18.000 # Could not rename tmp config file (No space left on device)
2026-11-28T20:36:19.5Z 1:X 28 Nov 2026 20:36:19.500 # +switch-master redis redis-leader-0.shop.svc 6379 redis-leader-1.shop.svc 6379
`;

describe("Sentinels' log", () => {
  it('is what they wrote of failures and elections since then, with the times by their kubelets', () => {
    assert.deepEqual(parseSentinelLog('sentinel-0', text, Date.parse('2026-11-28T20:36:16.500Z')), [
      {
        at: '2026-11-28T20:36:17.000Z',
        pod: 'sentinel-0',
        line: '-failover-abort-no-good-slave master redis redis-leader-0.shop.svc 6379',
      },
      {
        at: '2026-11-28T20:36:19.500Z',
        pod: 'sentinel-0',
        line: '+switch-master redis redis-leader-0.shop.svc 6379 redis-leader-1.shop.svc 6379',
      },
    ]);
    assert.equal(parseSentinelLog('sentinel-0', text, 0).length, 3);
  });
});
