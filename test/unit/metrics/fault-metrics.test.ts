import assert from 'node:assert/strict';
import { Registry } from 'prom-client';
import { createJanitorMetrics } from '../../../src/activities/janitor-metrics.ts';
import { createRunMetrics } from '../../../src/activities/run-metrics.ts';
import type { CampaignTarget } from '../../../src/contracts/campaign.ts';
import type { ExperimentReport, Report } from '../../../src/contracts/report.ts';
import type { SweepReport } from '../../../src/contracts/sweep.ts';

async function read(registry: Registry, name: string, labels: Record<string, string>, part = name): Promise<number | undefined> {
  const values = (await registry.getSingleMetric(name)?.get())?.values ?? [];
  const wanted = (one: (typeof values)[number]) =>
    ('metricName' in one ? one.metricName : name) === part && Object.entries(labels).every(([key, value]) => one.labels[key] === value);
  return values.find(wanted)?.value;
}

describe('metrics of faults and probes', () => {
  it('count what is injected, what holds now, and read-backs that missed', async () => {
    const registry = new Registry();
    const metrics = createRunMetrics(registry);
    const fault = { fault: 'pod-network-latency', cluster: 'west' };
    const target: CampaignTarget = { cluster: 'west', namespace: 'shop', name: 'redis' };
    metrics.injected(fault);
    {
      using _one = metrics.holding(fault, { name: 'slow', target });
      using _two = metrics.holding(fault, { name: 'slow', target });
      assert.equal(await read(registry, 'squall_faults_active', { campaign: 'slow', namespace: 'shop', ...fault }), 2);
    }
    assert.equal(await read(registry, 'squall_faults_active', { campaign: 'slow' }), 0);
    metrics.verified(fault, { ok: true });
    metrics.verified(fault, { ok: false });
    metrics.reestablished(fault);
    assert.equal(await read(registry, 'squall_faults_injected_total', fault), 1);
    assert.equal(await read(registry, 'squall_fault_verifications_total', { fault: fault.fault, outcome: 'missed' }), 1);
    assert.equal(await read(registry, 'squall_fault_reestablishments_total', { fault: fault.fault }), 1);
  });

  it('tell samples by what became of them, and times in seconds', async () => {
    const registry = new Registry();
    const metrics = createRunMetrics(registry);
    const type = 'redis-write-latency';
    metrics.sampled({ type }, 'ms', { at: 0, ok: true, value: 4 });
    metrics.sampled({ type }, 'ms', { at: 0, ok: false, value: 1_500 });
    metrics.sampled({ type }, 'ms', { at: 0, ok: false, error: 'nobody answers' });
    for (const outcome of ['ok', 'failed', 'unmeasured']) {
      assert.equal(await read(registry, 'squall_probe_samples_total', { type, outcome }), 1, outcome);
    }
    assert.equal(await read(registry, 'squall_probe_duration_seconds', { type }, 'squall_probe_duration_seconds_sum'), 1.504);
  });

  it('tell how late faults ended by the clock that ended them; one ended early is not late', async () => {
    const registry = new Registry();
    const ended = (revertedBy: ExperimentReport['revertedBy'], revertLateMs: number | null) =>
      ({ fault: 'x', verdict: 'Passed', recoverySeconds: null, probes: [], revertedBy, revertLateMs }) as Partial<ExperimentReport>;
    const at = '2030-01-01T00:00:00.000Z';
    createRunMetrics(registry).finished({
      campaign: 'c',
      cluster: 'default',
      namespace: 'n',
      verdict: 'Passed',
      score: null,
      startedAt: at,
      endedAt: '2030-01-01T00:01:30.000Z',
      experiments: [ended('workflow', 200), ended('workflow', -60_000), ended('carrier', 8_000), ended(null, null)],
      findings: [],
    } as unknown as Report);
    const lateness = (clock: string, part: string) =>
      read(registry, 'squall_undo_lateness_seconds', { clock }, `squall_undo_lateness_seconds_${part}`);
    assert.deepEqual([await lateness('workflow', 'count'), await lateness('workflow', 'sum')], [2, 0.2]);
    assert.deepEqual([await lateness('carrier', 'count'), await lateness('carrier', 'sum')], [1, 8]);
    assert.equal(await read(registry, 'squall_run_duration_seconds', {}, 'squall_run_duration_seconds_sum'), 90);
  });

  it("forget what a worker's sweep has left once others must have swept since", async () => {
    const registry = new Registry();
    let now = 0;
    const janitor = createJanitorMetrics(registry, 90_000, () => now);
    const findings = [{ state: 'unknown', kind: 'pod', due: false, undone: null }];
    janitor.swept({ cluster: 'default', findings } as unknown as SweepReport);
    assert.equal(await read(registry, 'squall_janitor_left', { cluster: 'default' }), 1);
    now = 91_000;
    assert.equal(await read(registry, 'squall_janitor_left', { cluster: 'default' }), undefined);
  });
});
