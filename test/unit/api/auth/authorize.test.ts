import assert from 'node:assert/strict';
import { authorize, authorizeSomewhere, isAuthorized } from '../../../../src/api/auth/authorize.ts';
import { type Grant, type Principal, type Role, roles } from '../../../../src/api/auth/principal.ts';
import { readableRuns } from '../../../../src/api/auth/readable-runs.ts';
import { Problem } from '../../../../src/api/problem.ts';

function granted(...grants: Grant[]): Principal {
  return { name: 'key:ci', grants, identified: true };
}

const everywhere = { clusters: ['*'], namespaces: ['*'] };

describe('authorization', () => {
  it('lets a role do what it includes, and nothing else', () => {
    const may: Record<Role, Role[]> = {
      viewer: ['viewer'],
      operator: ['viewer', 'operator'],
      approver: ['viewer', 'approver'],
      admin: ['viewer', 'operator', 'approver', 'admin'],
    };
    for (const held of roles) {
      const principal = granted({ role: held, ...everywhere });
      const allowed = roles.filter((role) => isAuthorized(principal, role, { cluster: 'a', namespace: 'b' }));
      assert.deepEqual(allowed, may[held], held);
    }
  });

  it('binds a role to clusters and namespaces together', () => {
    const principal = granted(
      { role: 'operator', clusters: ['staging', 'lab-*'], namespaces: ['shop', 'shop-*'] },
      { role: 'viewer', clusters: ['production'], namespaces: ['*'] },
    );
    const is = (role: Role, cluster: string | null, namespace: string | null) => isAuthorized(principal, role, { cluster, namespace });
    assert.ok(is('operator', 'staging', 'shop'));
    assert.ok(is('operator', 'lab-1', 'shop-eu'));
    assert.ok(is('viewer', 'production', null), 'all namespaces of a cluster are granted');
    for (const [role, cluster, namespace] of [
      ['operator', 'production', 'shop'],
      ['operator', 'staging', 'shops'],
      ['operator', 'staging-2', 'shop'],
      ['operator', 'staging', 'bank'],
      ['operator', 'staging', null],
      ['viewer', null, null],
      ['admin', 'staging', 'shop'],
      ['approver', 'staging', 'shop'],
    ] as const) {
      assert.ok(!is(role, cluster, namespace), `${role} ${cluster}/${namespace}`);
    }
  });

  it('refuses by a problem that says what is granted', () => {
    const principal = granted({ role: 'viewer', clusters: ['a'], namespaces: ['b'] });
    assert.throws(
      () => authorize(principal, 'operator', { cluster: 'a', namespace: 'b' }),
      (error) =>
        error instanceof Problem &&
        error.status === 403 &&
        error.message === 'key:ci is no operator of namespace b of cluster a. Granted: viewer of b on a.' &&
        /insufficient_scope/.test(error.headers['WWW-Authenticate'] ?? ''),
    );
    authorizeSomewhere(principal, 'viewer');
    assert.throws(() => authorizeSomewhere(principal, 'operator'), Problem);
    assert.throws(() => authorizeSomewhere(granted(), 'viewer'), Problem);
  });

  it('makes a list find only what may be read', () => {
    assert.equal(readableRuns(granted({ role: 'viewer', ...everywhere })), null);
    assert.equal(
      readableRuns(
        granted({ role: 'operator', clusters: ['a'], namespaces: ['b', 'c-*'] }, { role: 'viewer', clusters: ['*'], namespaces: ['d'] }),
      ),
      "(((SquallCluster = 'a') AND (SquallNamespace = 'b' OR SquallNamespace STARTS_WITH 'c-')) OR ((SquallNamespace = 'd')))",
    );
    assert.equal(readableRuns(granted()), 'SquallCluster IS NULL');
  });
});
