import assert from 'node:assert/strict';
import type { ExperimentReport, Report } from '../../../src/contracts/report.ts';
import { boundReport } from '../../../src/report/bound-report.ts';
import { makeReport } from '../../../src/report/report.ts';
import { input } from './example.ts';

describe('a report as a payload', () => {
  const report = makeReport(input());
  const sizeOf = (one: Report) => Buffer.byteLength(JSON.stringify(one));

  function experiments(count: number, changes: Partial<ExperimentReport>): Report {
    const [first] = report.experiments;
    assert.ok(first);
    return { ...report, experiments: Array.from({ length: count }, (_, index) => ({ ...first, name: `e${index}`, ...changes })) };
  }

  const step = { targets: [{ target: 'a', detail: 'x'.repeat(300) }], leftOut: 2 };
  const proofs = { injected: step, verified: step, undone: step, confirmed: step };
  const event = {
    at: report.startedAt,
    cluster: 'default',
    kind: 'Pod',
    namespace: 'default',
    name: 'a',
    type: 'Normal' as const,
    reason: 'Pulled',
    message: 'y'.repeat(300),
    count: 1,
  };

  it('is as it is as long as it is small', () => {
    const small = experiments(3, { proofs });
    assert.equal(boundReport(small), small);
  });

  it('leaves out how steps were seen first, and counts it', () => {
    const bounded = boundReport(experiments(1_000, { proofs }));
    assert.ok(sizeOf(bounded) < 2_000_000);
    assert.deepEqual(bounded.experiments[0]?.proofs?.confirmed, { targets: [], leftOut: 3 });
    assert.ok(bounded.document);
  });

  it('then the events of the cluster, and counts them', () => {
    const [bounded] = boundReport(
      experiments(50, { proofs, clusterEvents: Array.from({ length: 100 }, () => event), clusterEventsLeftOut: 5 }),
    ).experiments;
    assert.deepEqual([bounded?.clusterEvents, bounded?.clusterEventsLeftOut], [[], 105]);
  });
});
