import assert from 'node:assert/strict';
import { Registry } from 'prom-client';
import { createRunMetrics } from '../../../src/activities/run-metrics.ts';
import type { Report } from '../../../src/contracts/report.ts';
import { BoundedLabels, mostLabelSets } from '../../../src/metrics/bounded-labels.ts';
import { createRolloutMetrics } from '../../../src/triggers/rollout-metrics.ts';

describe('labels whose values users choose', () => {
  it('are themselves up to the bound, and other beyond it; what was let in stays in', () => {
    const bounded = new BoundedLabels(['campaign', 'namespace'], 2);
    const a = { campaign: 'a', namespace: 'x' };
    const b = { campaign: 'a', namespace: 'y' };
    assert.deepEqual([bounded.of(a), bounded.of(b), bounded.of(a)], [a, b, a]);
    assert.deepEqual(bounded.of({ campaign: 'c', namespace: 'x' }), { campaign: 'other', namespace: 'other' });
    assert.deepEqual(bounded.of(b), b);
  });

  it('do not become ever more time series, however many campaigns there are', async () => {
    const registry = new Registry();
    const metrics = createRunMetrics(registry);
    const rollouts = createRolloutMetrics(registry);
    const count = mostLabelSets + 50;
    for (let index = 0; index < count; index++) {
      metrics.finished(report(`campaign-${index}`));
      rollouts.started(`saved-${index}`);
    }
    rollouts.areStuck(Array.from({ length: count }, (_, index) => `saved-${index}`));
    const valuesOf = async (name: string) => (await registry.getSingleMetric(name)?.get())?.values ?? [];
    for (const name of ['squall_runs_total', 'squall_run_score', 'squall_rollouts_total', 'squall_rollout_stuck']) {
      assert.equal((await valuesOf(name)).length, mostLabelSets + 1, name);
    }
    const other = (await valuesOf('squall_runs_total')).find(({ labels }) => labels.campaign === 'other');
    assert.deepEqual([other?.value, other?.labels.namespace], [50, 'other'], 'none is lost: they are counted together');
    assert.equal((await valuesOf('squall_rollout_stuck')).find(({ labels }) => labels.schedule === 'other')?.value, 50);
  });
});

function report(campaign: string): Report {
  const at = '2030-01-01T00:00:00.000Z';
  return {
    campaign,
    cluster: 'default',
    namespace: 'shop',
    verdict: 'Passed',
    score: 100,
    startedAt: at,
    endedAt: at,
    experiments: [],
    findings: [],
  } as Partial<Report> as Report;
}
