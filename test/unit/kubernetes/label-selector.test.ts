import assert from 'node:assert/strict';
import { formatLabelSelector } from '../../../src/kubernetes/label-selector.ts';

describe('formatLabelSelector', () => {
  it('writes equalities and every operator as kubectl does', () => {
    const matchExpressions = [
      { key: 'tier', operator: 'In', values: ['a', 'b'] },
      { key: 'env', operator: 'NotIn', values: ['prod'] },
      { key: 'owner', operator: 'Exists' },
      { key: 'legacy', operator: 'DoesNotExist' },
    ];
    assert.equal(
      formatLabelSelector({ matchLabels: { app: 'redis', role: 'x' }, matchExpressions }),
      'app=redis,role=x,tier in (a,b),env notin (prod),owner,!legacy',
    );
    assert.equal(formatLabelSelector({}), '');
  });

  it('refuses an operator it does not know', () => {
    assert.throws(() => formatLabelSelector({ matchExpressions: [{ key: 'a', operator: 'Gt' }] }), /operator Gt of key a/);
  });
});
