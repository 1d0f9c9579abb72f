import assert from 'node:assert/strict';
import { parseAllDocuments } from 'yaml';
import { rbacManifests, renderRbac, rightsOfPlan } from '../../../src/campaign/rbac.ts';
import type { Permission } from '../../../src/contracts/plan.ts';
import { campaignOf, planOf } from '../../support/simulated-activities.ts';

const pods = (...verbs: string[]): Permission => ({ apiGroup: '', resource: 'pods', verbs });
const subject = { serviceAccount: 'squall-worker', namespace: 'squall' };

describe('the rights of a plan as manifests', () => {
  const plan = planOf(campaignOf(), 'a-seed');
  const permissions: Permission[] = [
    pods('get'),
    { apiGroup: '', resource: 'pods', subresource: 'exec', verbs: ['create', 'get'] },
    { apiGroup: '', resource: 'nodes', verbs: ['list'] },
    { ...pods('list'), allNamespaces: true },
  ];

  it('are a Role in each namespace, a ClusterRole for the rest, and bindings', () => {
    const manifests = rbacManifests(rightsOfPlan({ ...plan, permissions }), 'squall-cart', subject).get('default') ?? [];
    assert.deepEqual(
      manifests.map(({ kind, metadata }) => [kind, metadata.namespace]),
      [
        ['Role', 'shop'],
        ['RoleBinding', 'shop'],
        ['ClusterRole', undefined],
        ['ClusterRoleBinding', undefined],
      ],
    );
    assert.deepEqual(
      manifests[0]?.rules,
      [
        { apiGroups: [''], resources: ['pods/exec'], verbs: ['create', 'get'] },
        { apiGroups: [''], resources: ['pods'], verbs: ['get'] },
      ].toSorted((a, b) => ((a.resources[0] ?? '') < (b.resources[0] ?? '') ? -1 : 1)),
    );
    assert.deepEqual(manifests[2]?.rules, [
      { apiGroups: [''], resources: ['nodes'], verbs: ['list'] },
      { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
    ]);
    assert.deepEqual(manifests[3]?.roleRef, { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'squall-cart' });
    assert.deepEqual(manifests[3]?.subjects, [{ kind: 'ServiceAccount', name: 'squall-worker', namespace: 'squall' }]);
  });

  it('name each cluster, and leave out roles that nothing is in', () => {
    const other = { target: { cluster: 'west', namespace: 'bank' }, acts: true, inventory: plan.inventory, permissions: [pods('get')] };
    const same = { ...other, target: plan.campaign.target, permissions: [pods('delete')] };
    const manifests = rbacManifests(rightsOfPlan({ ...plan, permissions: [pods('get')], others: [other, same] }), 'squall-cart', subject);
    assert.deepEqual([...manifests.keys()], ['default', 'west']);
    assert.deepEqual(
      manifests.get('west')?.map(({ kind }) => kind),
      ['Role', 'RoleBinding'],
    );
    assert.deepEqual(manifests.get('default')?.[0]?.rules?.[0]?.verbs, ['delete', 'get']);
    const text = renderRbac(manifests);
    assert.match(text, /^# cluster default\n---\napiVersion: rbac/);
    const documents = parseAllDocuments(text).map((document) => document.toJS());
    assert.deepEqual(documents, [...manifests.values()].flat());
  });
});
