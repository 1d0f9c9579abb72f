import assert from 'node:assert/strict';
import type { ExperimentReport, ProbeReport, Report } from '../../../../src/contracts/report.ts';
import { renderHtml } from '../../../../src/report/html/render-html.ts';
import { makeReport } from '../../../../src/report/report.ts';
import { happenings } from '../../../../src/report/timeline/happenings.ts';
import { makeTimeline, type Timeline } from '../../../../src/report/timeline/timeline.ts';
import { input, samples, t0, target } from '../example.ts';

const iso = (seconds: number) => new Date(t0 + seconds * 1_000).toISOString();
const passed = makeReport(input());

function experiment(changes: Partial<ExperimentReport>): ExperimentReport {
  const [first] = passed.experiments;
  assert.ok(first);
  return { ...first, ...changes };
}

function probe(changes: Partial<ProbeReport>): ProbeReport {
  const [first] = experiment({}).probes;
  assert.ok(first);
  return { ...first, ...changes };
}

function timelineOf(changes: Partial<Report>): { timeline: Timeline; report: Report } {
  const report = { ...passed, ...changes };
  const timeline = makeTimeline(report);
  assert.ok(timeline);
  return { timeline, report };
}

describe('the timeline of a run', () => {
  it('is none where nothing was injected or measured', () => {
    assert.equal(makeTimeline(makeReport(input({ plan: null, evidence: [], validation: null, error: 'no' }))), null);
  });

  it('has a fault from its injection to its undo, with the end that was planned', () => {
    const [band] = timelineOf({}).timeline.faults;
    assert.deepEqual(band && [band.from, band.plannedEnd, band.to], [t0, t0 + 30_000, t0 + 30_120]);
  });

  it('has a fault that was not seen undone without an end', () => {
    const [band] = timelineOf({ experiments: [experiment({ revertedAt: null, revertLateMs: null, confirmedAt: null })] }).timeline.faults;
    assert.deepEqual([band?.to, band?.plannedEnd], [null, null]);
  });

  it('puts many faults into rows in which none covers another', () => {
    const times = Array.from({ length: 30 }, (_, index) => [index * 10, index * 10 + (index % 3 === 0 ? 25 : 8)] as const);
    const experiments = times.map(([from, to], index) =>
      experiment({ name: `e${index}`, injectedAt: iso(from), revertedAt: iso(to), revertLateMs: 0, recoverySeconds: 0, probes: [] }),
    );
    const { faults } = timelineOf({ experiments }).timeline;
    assert.equal(faults.length, 30);
    for (const [one, other] of faults.flatMap((a) => faults.filter((b) => b !== a && b.row === a.row).map((b) => [a, b] as const))) {
      assert.ok((one.to ?? 0) <= other.from || (other.to ?? 0) <= one.from, `${one.experiment} and ${other.experiment}`);
    }
    assert.ok(Math.max(...faults.map(({ row }) => row)) < 5);
  });

  it('knows who led: before, nobody during the election, the elected after it', () => {
    const election = probe({
      name: 'election',
      type: 'redis-leader-election',
      detail: { oldPrimary: 'redis-leader-0', newPrimary: 'redis-leader-2', electedSeconds: 8 },
      samples: [{ at: t0 + 8_000, ok: true, value: 8 }],
    });
    const { leaders } = timelineOf({ experiments: [experiment({ targets: [target], probes: [election] })], validation: null }).timeline;
    assert.deepEqual(
      leaders.filter(({ from, to }) => to - from > 1).map(({ leader, certain }) => [leader, certain]),
      [...(Date.parse(passed.startedAt) < t0 - 1 ? [['redis-leader-0', false]] : []), [null, true], ['redis-leader-2', true]],
    );
    assert.equal(leaders.find(({ leader }) => leader === 'redis-leader-2')?.from, t0 + 8_000);
  });

  it('does not claim to know when a leader changed that nobody watched', () => {
    const writes = probe({ type: 'redis-write-latency', detail: { primary: 'redis-leader-1' } });
    const { leaders } = timelineOf({ experiments: [experiment({ targets: [target], probes: [writes] })], validation: null }).timeline;
    const watched = leaders.find(({ leader, to }) => leader === 'redis-leader-0' && to > t0);
    assert.equal(watched?.certain, false);
  });

  it('tells acknowledged writes from those without an answer, and values outside the limit from both', () => {
    const writes = probe({
      type: 'redis-write-latency',
      samples: [...samples([2, true], [4, true], [2_000, false]), { at: t0 + 3_000, ok: false, error: 'timeout' }],
    });
    const { timeline, report } = timelineOf({ experiments: [experiment({ probes: [writes] })] });
    const sum = (of: 'acknowledged' | 'failed') => timeline.writes.reduce((total, bucket) => total + bucket[of], 0);
    assert.deepEqual([sum('acknowledged'), sum('failed')], [3, 1]);
    assert.deepEqual(
      timeline.lanes.map(({ samples }) => samples.map(({ mark }) => mark)),
      [['passed', 'passed', 'outside', 'unanswered']],
    );
    const told = happenings(timeline, report).filter(({ text }) => text.includes('not as expected'));
    assert.deepEqual(told, [
      { at: t0 + 2_000, text: 'write-latency: 2 samples not as expected in 1 s: 1 without an answer, 1 outside the limit' },
    ]);
  });

  it('has each event of the cluster once, and those of rare kinds together', () => {
    const event = (kind: string, seconds: number) => ({
      at: iso(seconds),
      cluster: 'default',
      kind,
      namespace: 'default',
      name: 'a',
      type: 'Warning' as const,
      reason: 'BackOff',
      message: 'again',
      count: 3,
    });
    const clusterEvents = ['Pod', 'Pod', 'Node', 'StatefulSet', 'Deployment', 'ReplicaSet', 'Job'].map(event);
    const twice = [experiment({ clusterEvents }), experiment({ name: 'second', clusterEvents, clusterEventsLeftOut: 7 })];
    const { timeline } = timelineOf({ experiments: twice });
    assert.deepEqual([timeline.events.length, timeline.events[0]?.kind, timeline.events.at(-1)?.kind], [5, 'Pod', 'others']);
    assert.equal(timeline.events.flatMap(({ events }) => events).length, clusterEvents.length);
    assert.match(timeline.leftOut.join(), /^7 more events of the cluster/);
  });

  it('stays small however long the campaign was, and its page with it', async () => {
    const long = Array.from({ length: 100 }, (_, index) => {
      const begin = t0 + index * 700_000;
      const many = (name: string) =>
        probe({
          name,
          samples: Array.from({ length: 600 }, (_, second) => ({ at: begin + second * 1_000, ok: second % 7 > 0, value: second })),
        });
      return experiment({
        name: `experiment-${index}`,
        injectedAt: new Date(begin).toISOString(),
        revertedAt: new Date(begin + 600_000).toISOString(),
        probes: [many('a'), many('b'), many('c')],
      });
    });
    const { timeline, report } = timelineOf({ experiments: long, endedAt: new Date(t0 + 70_000_000).toISOString() });
    for (const { buckets } of timeline.measured) assert.ok(buckets.length <= 51, `${buckets.length} buckets`);
    const html = await renderHtml(report);
    assert.ok(html.length < 2 * 1024 * 1024, `${html.length} B`);
    assert.match(html, /more are left out/);
  }).timeout(120_000);
});
