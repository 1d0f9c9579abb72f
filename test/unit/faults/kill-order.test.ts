import assert from 'node:assert/strict';
import type { PodTarget } from '../../../src/contracts/plan.ts';
import { inKillOrder } from '../../../src/faults/pod-delete/kill-order.ts';

const targets = ['redis-2', 'redis-10', 'redis-1'].map(
  (pod): PodTarget => ({
    kind: 'pod',
    namespace: 'default',
    pod,
    uid: `uid-of-${pod}`,
    ip: '10.0.0.1',
    node: 'a',
    zone: null,
    container: 'redis',
    role: pod === 'redis-2' ? 'redis-primary' : 'redis-replica',
  }),
);

function order(name: string, key = 'f'): string[] {
  return inKillOrder(targets, name, key).map(({ pod }) => pod);
}

describe('the order in which pods are deleted', () => {
  for (const [name, expected] of [
    ['by-name', ['redis-1', 'redis-2', 'redis-10']],
    ['reverse', ['redis-10', 'redis-2', 'redis-1']],
    ['primary-first', ['redis-2', 'redis-1', 'redis-10']],
    ['primary-last', ['redis-1', 'redis-10', 'redis-2']],
  ] as const) {
    it(`is ${name}`, () => assert.deepEqual(order(name), expected));
  }

  it('is random, and the same on a retry', () => {
    assert.deepEqual(order('random', 'x'), order('random', 'x'));
    const orders = new Set(Array.from({ length: 50 }, (_, i) => order('random', `fault-${i}`).join()));
    assert.equal(orders.size, 6);
  });

  it('is one that is known', () => assert.throws(() => order('oldest'), /"oldest", expected one of random, by-name/));
});
