import assert from 'node:assert/strict';
import { Registry } from 'prom-client';
import { countedUndo } from '../../../src/activities/counted-undo.ts';
import { FailingUndos } from '../../../src/activities/failing-undos.ts';
import { createRunMetrics } from '../../../src/activities/run-metrics.ts';
import type { FaultInstance } from '../../../src/contracts/plan.ts';

const fault = (id: string) => ({ id, fault: 'pod-network-latency' }) as FaultInstance;

describe('metrics of undos', () => {
  it('count attempts that fail, and the faults that are not undone for it', async () => {
    const registry = new Registry();
    const metrics = createRunMetrics(registry);
    const read = async (name: string) => (await registry.getSingleMetric(name)?.get())?.values[0]?.value ?? 0;
    const refuses = () => Promise.reject(new Error('forbidden'));
    const reads = (ok: boolean) => () => Promise.resolve({ ok, at: 0, perTarget: [] });

    await assert.rejects(countedUndo(metrics, fault('a'), refuses), /forbidden/);
    await assert.rejects(countedUndo(metrics, fault('a'), refuses), /forbidden/);
    await countedUndo(metrics, fault('b'), reads(false));
    assert.deepEqual([await read('squall_undo_failures_total'), await read('squall_undo_failing')], [3, 2]);

    // Reverted is not proven yet.
    await countedUndo(metrics, fault('a'), () => Promise.resolve({ revertedAt: 0, revertedBy: 'workflow', perTarget: [] }));
    assert.equal(await read('squall_undo_failing'), 2);
    await countedUndo(metrics, fault('a'), reads(true));
    assert.equal(await read('squall_undo_failing'), 1);
    await countedUndo(metrics, fault('b'), reads(true));
    assert.deepEqual([await read('squall_undo_failures_total'), await read('squall_undo_failing')], [3, 0]);
  });

  it('forget a fault that this worker has not tried to undo for minutes: another has it, or a person', () => {
    let now = 0;
    const failing = new FailingUndos(() => now);
    failing.failed(fault('a'));
    now = 4 * 60_000;
    failing.failed(fault('b'));
    assert.equal(failing.count().get('pod-network-latency'), 2);
    now = 6 * 60_000;
    assert.equal(failing.count().get('pod-network-latency'), 1);
  });
});
