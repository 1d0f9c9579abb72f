import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { V1PodDisruptionBudget, V1Service, V1StatefulSet } from '@kubernetes/client-node';
import { readManifests } from '../../../examples/redis/manifests.ts';
import { parseCampaign } from '../../../src/campaign/parse.ts';

describe('the example redis', () => {
  const manifests = readManifests('shop');

  it('has a campaign without mistakes and warnings', () => {
    const text = readFileSync(new URL('../../../examples/redis/campaign.yaml', import.meta.url), 'utf8');
    const parsed = parseCampaign(text, { fileName: 'campaign.yaml' });
    assert.ok(parsed.ok, JSON.stringify(parsed));
    assert.deepEqual(parsed.campaign.warnings, []);
    assert.deepEqual(
      parsed.campaign.steps.map((step) => step.kind === 'experiment' && [step.experiment.fault, step.experiment.selection.role]),
      [
        ['pod-delete', 'redis-primary'],
        ['pod-cpu-hog', 'redis-replica'],
        ['pod-network-latency', undefined],
      ],
    );
  });

  it('is all in the namespace asked for', () => {
    assert.deepEqual([...new Set(manifests.map(({ metadata }) => metadata.namespace))], ['shop']);
  });

  it('selects only redis by app=redis, and its pods by each Service', () => {
    const labels = (name: string) =>
      (manifests.find(({ kind, metadata }) => kind === 'StatefulSet' && metadata.name === name) as V1StatefulSet).spec?.template.metadata
        ?.labels;
    assert.deepEqual(labels('redis-leader'), { app: 'redis' });
    assert.deepEqual(labels('redis-sentinel'), { app: 'redis-sentinel' });
    const selectors = manifests.filter(({ kind }) => kind === 'Service').map((service) => (service as V1Service).spec?.selector);
    assert.deepEqual(selectors, [
      { app: 'redis' },
      ...[0, 1, 2].map((index) => ({ 'statefulset.kubernetes.io/pod-name': `redis-leader-${index}` })),
      { app: 'redis' },
      { app: 'redis-sentinel' },
    ]);
    const budgets = manifests.filter(({ kind }) => kind === 'PodDisruptionBudget') as V1PodDisruptionBudget[];
    assert.deepEqual(
      budgets.map(({ spec }) => spec?.minAvailable),
      [2, 2],
    );
  });

  it('rolls its pods when the scripts change', () => {
    const hashes = manifests
      .filter(({ kind }) => kind === 'StatefulSet')
      .map(({ spec }) => spec?.template?.metadata?.annotations?.['checksum/scripts']);
    assert.equal(hashes.length, 2);
    for (const hash of hashes) assert.match(hash ?? '', /^[0-9a-f]{16}$/);
  });
});
