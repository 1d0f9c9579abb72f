import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { renderFaultRights } from '../../../scripts/manifests/fault-rights.ts';
import { renderPrometheusRules } from '../../../scripts/manifests/prometheus-rules.ts';
import type { RbacManifest } from '../../../src/campaign/rbac.ts';

const folder = join(import.meta.dirname, '../../../k8s');
const read = (path: string) => readFileSync(join(folder, path), 'utf8');

describe('manifests made from the project', () => {
  it('are as they are made (npm run docs writes them)', () => {
    assert.equal(read('base/fault-rights.yaml'), renderFaultRights());
    const rules = ['squall-rules.yaml', 'redis-rules.yaml'].map((name) => read(`monitoring/${name}`));
    assert.equal(read('prometheus-operator/rules.yaml'), renderPrometheusRules(rules));
  });

  it('grant what faults take only where it is bound: in the base, what reads alone is', () => {
    const objects = parseAllDocuments(renderFaultRights()).map((document) => document.toJS() as RbacManifest);
    const bound = objects.filter(({ kind }) => kind === 'ClusterRoleBinding').map(({ roleRef }) => roleRef?.name);
    assert.deepEqual(bound, ['squall-reader']);
    const reader = objects.find(({ kind, metadata }) => kind === 'ClusterRole' && metadata.name === 'squall-reader');
    assert.deepEqual([...new Set(reader?.rules?.flatMap(({ verbs }) => verbs))].sort(), ['get', 'list']);
  });
});
