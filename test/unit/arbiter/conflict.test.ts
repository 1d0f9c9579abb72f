import assert from 'node:assert/strict';
import { conflict } from '../../../src/arbiter/conflict.ts';
import { scope } from './requests.ts';

describe('two scopes', () => {
  const cart = scope({ workload: 'shop/StatefulSet/cart', pods: ['shop/cart-0', 'shop/cart-1'], podNodes: ['n-1', 'n-2'] });

  const cases: [string, Parameters<typeof scope>[0], string | null][] = [
    ['of the same workload conflict', { workload: 'shop/StatefulSet/cart' }, 'shop/StatefulSet/cart'],
    ['of workloads of the same name in two namespaces do not', { workload: 'bank/StatefulSet/cart' }, null],
    ['that share a pod conflict', { pods: ['shop/cart-1'] }, 'pod shop/cart-1'],
    ['whose pods share a node do not', { pods: ['shop/pay-0'], podNodes: ['n-1'] }, null],
    ['conflict where one takes a node that runs pods of the other', { nodes: ['n-2'] }, 'node n-2'],
    ['do not where the node runs none of them', { nodes: ['n-3'] }, null],
    ['of an object and of nothing do not', { objects: ['shop/Service/cart'] }, null],
  ];
  for (const [what, other, expected] of cases) {
    it(what, () => {
      assert.equal(conflict(cart, scope(other)), expected);
      assert.equal(conflict(scope(other), cart), expected);
    });
  }

  it('that take the same node conflict', () => {
    assert.equal(conflict(scope({ nodes: ['n-1'] }), scope({ nodes: ['n-2', 'n-1'] })), 'node n-1');
  });

  it('that take the same object conflict', () => {
    const service = scope({ objects: ['shop/Service/cart'] });
    assert.equal(conflict(service, service), 'shop/Service/cart');
  });
});
