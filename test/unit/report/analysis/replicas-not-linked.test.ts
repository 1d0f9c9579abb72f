import assert from 'node:assert/strict';
import type { RedisInstance } from '../../../../src/contracts/plan.ts';
import { replicasNotLinked } from '../../../../src/report/analysis/replicas-not-linked.ts';
import { validation } from '../example.ts';

const primary: RedisInstance = {
  pod: 'redis-leader-1',
  role: 'primary',
  runId: 'b',
  primaryHost: null,
  linkUp: null,
  connectedReplicas: 2,
};
const replica: RedisInstance = {
  pod: 'redis-leader-0',
  role: 'replica',
  runId: 'a',
  primaryHost: '10.1.0.5',
  linkUp: true,
  connectedReplicas: null,
};

describe('rule replicas-not-linked', () => {
  it('finds a replica whose link is down, and one that does not answer', () => {
    const gone: RedisInstance = { ...replica, pod: 'redis-leader-2', role: 'unreachable', linkUp: null, error: 'ECONNREFUSED' };
    const [finding] = replicasNotLinked(validation({ redis: [primary, { ...replica, linkUp: false }, gone] }));
    assert.equal(finding?.title, '2 of 3 redis instances were out of replication after the chaos');
    assert.deepEqual(finding?.evidence, [
      'redis-leader-0: a replica whose link to 10.1.0.5 is down',
      'redis-leader-2: unreachable: ECONNREFUSED',
    ]);
  });

  it('finds a second primary', () => {
    const [finding] = replicasNotLinked(validation({ redis: [primary, { ...primary, pod: 'redis-leader-0' }] }));
    assert.deepEqual(finding?.evidence, ['redis-leader-1: a primary, one of 2', 'redis-leader-0: a primary, one of 2']);
  });

  it('finds nothing in a linked replication, nor without validation', () => {
    assert.deepEqual(replicasNotLinked(validation({ redis: [primary, replica] })), []);
    assert.deepEqual(replicasNotLinked(null), []);
  });
});
