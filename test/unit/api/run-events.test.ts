import assert from 'node:assert/strict';
import { defaultPayloadConverter } from '@temporalio/common';
import { formatCursor, parseCursor, startCursor } from '../../../src/api/event-cursor.ts';
import type { HistoryEvent } from '../../../src/api/history.ts';
import { type DeliveredEvent, runEvents } from '../../../src/api/run-events.ts';
import type { ExperimentEvidence, Reverted } from '../../../src/contracts/evidence.ts';
import type { FaultInstance } from '../../../src/contracts/plan.ts';
import { planOf } from '../../support/simulated-activities.ts';
import { campaign, experimentInput, HistoryWriter, long, payloads, runInput } from './histories.ts';

const run = { workflowId: 'cart-1', runId: 'run-uuid' };
const fault = { fault: 'pod-network-latency', targets: [] } as Partial<FaultInstance>;
const perTarget = [{ target: 'cart-0', ok: true, detail: 'seen' }];

/** Of one step for each thing that is done, or of fewer: what was prepared is given to it, and read-backs come with what they read back. */
function experimentHistory(index: number, { failures = [], fewerSteps = false }: { failures?: string[]; fewerSteps?: boolean } = {}) {
  const at = 1_700_000_100_000;
  const prepared = {
    targets: [],
    mechanism: 'netem',
    mechanismReason: 'the kernel has it',
    primaryRunId: null,
    primaryPod: null,
    warnings: [],
  };
  const injected = { injectedAt: at, perTarget: [{ target: 'cart-0', at, detail: 'qdisc' }] };
  const reverted: Reverted = {
    revertedAt: at,
    revertedBy: 'carrier',
    perTarget: [{ target: 'cart-0', by: 'carrier', at, detail: 'deadline' }],
  };
  const seen = { ok: true, at, perTarget };
  const history = new HistoryWriter().start({ ...experimentInput(index), ...(fewerSteps && { prepared }) });
  if (!fewerSteps) history.activity('prepareFault', {}, prepared);
  history.activity('injectFault', fault, { ...injected, ...(fewerSteps && { verified: seen }) }, failures);
  if (!fewerSteps) history.activity('verifyFault', fault, seen);
  history
    .activity(
      'observe',
      { recovery: null },
      {
        from: at,
        to: at + 1_000,
        series: [
          {
            name: 'latency',
            type: 'http',
            unit: 'ms',
            reach: 'direct',
            samples: [1, 2, 3, 4].map((value) => ({ at, ok: value < 4, value })),
            detail: {},
          },
        ],
        recoveredAt: null,
        notRecovered: null,
        readBacks: { count: 3, missed: [] },
        reestablished: [],
        faultLost: null,
      },
    )
    .activity('revertFault', fault, { ...reverted, ...(fewerSteps && { confirmed: seen }) });
  if (!fewerSteps) history.activity('confirmFault', fault, seen);
  return history.activity(
    'observe',
    { recovery: { timeoutAt: at } },
    {
      from: at,
      to: at,
      series: [],
      recoveredAt: at,
      notRecovered: null,
      readBacks: { count: 0, missed: [] },
      reestablished: [],
      faultLost: null,
    },
  ).events;
}

const evidence: Partial<ExperimentEvidence> = { problem: null, startedAt: 1_000, endedAt: 61_000, reverted: null, confirmed: null };

/** A run of two experiments side by side, as a parallel step would give it. */
function histories(): Map<string, HistoryEvent[]> {
  const parent = new HistoryWriter().start(runInput).activity('makePlan', {}, planOf(campaign, 'a-seed'));
  const first = parent.startChild(experimentInput(1), 'child-1');
  const second = parent.startChild(experimentInput(2), 'child-2');
  for (const initiated of [second, first]) {
    parent.add({ childWorkflowExecutionCompletedEventAttributes: { initiatedEventId: long(initiated), result: payloads(evidence) } });
  }
  parent.activity('validateRecovery', {}, { at: 0, ok: true, checks: [], redis: [] });
  parent.activity('finishRun', {}, { verdict: 'Passed', score: 75, reason: 'all held' } as never);
  parent.add({ workflowExecutionCompletedEventAttributes: {} });
  return new Map([
    ['run-uuid', parent.events],
    ['child-1', experimentHistory(1)],
    ['child-2', experimentHistory(2, { failures: ['no route'], fewerSteps: true })],
  ]);
}

/** Follows stored histories, each event arriving after as many turns of the event loop as `delay` says. */
function follow(stored: Map<string, HistoryEvent[]>, delay: (runId: string) => number = () => 0) {
  return async function* (execution: { runId: string }): AsyncGenerator<HistoryEvent> {
    for (const event of stored.get(execution.runId) ?? []) {
      for (let turn = delay(execution.runId); turn > 0; turn -= 1) await new Promise((resolve) => setImmediate(resolve));
      yield event;
    }
  };
}

async function collect(events: AsyncIterable<DeliveredEvent>, limit = Number.POSITIVE_INFINITY): Promise<DeliveredEvent[]> {
  const collected: DeliveredEvent[] = [];
  for await (const event of events) {
    collected.push(event);
    if (collected.length === limit) break;
  }
  return collected;
}

const key = ({ event }: DeliveredEvent) => JSON.stringify(event);

describe('events of a run', function () {
  this.timeout(20_000);
  it('tell what happened, in order, the end last', async () => {
    const delivered = await collect(runEvents([run], startCursor(), follow(histories())));
    const of = (experiment: string | null) =>
      delivered.filter(({ event }) => ('experiment' in event ? event.experiment : null) === experiment).map(({ event }) => event.type);
    assert.deepEqual(of(null), ['run.started', 'run.planned', 'run.validated', 'run.finished']);
    const experiment = [
      'experiment.started',
      'experiment.prepared',
      'fault.injected',
      'fault.verified',
      'fault.observed',
      'fault.reverted',
      'fault.confirmed',
      'fault.observed',
      'experiment.finished',
    ];
    assert.deepEqual(of('slow-network'), experiment);
    assert.deepEqual(of('slow-again'), [...experiment.slice(0, 2), 'activity.failed', ...experiment.slice(2)]);
    assert.equal(delivered.at(-1)?.event.type, 'run.finished');
  });

  it('carry what a reader wants to know', async () => {
    const delivered = await collect(runEvents([run], startCursor(), follow(histories())));
    const first = (type: string) => delivered.find(({ event }) => event.type === type)?.event;
    assert.deepEqual(first('run.started'), {
      runId: 'cart-1',
      at: '2023-11-14T22:13:21.000Z',
      type: 'run.started',
      campaign: 'cart',
      cluster: 'default',
      namespace: 'shop',
      seed: 'a-seed',
      retryOf: null,
    });
    const observed = first('fault.observed');
    assert.ok(observed?.type === 'fault.observed');
    assert.equal(observed.during, 'fault');
    assert.deepEqual(observed.series, [
      { name: 'latency', type: 'http', unit: 'ms', reach: 'direct', samples: 4, successPercent: 75, p50: 2, p95: 4, max: 4, detail: {} },
    ]);
    const reverted = first('fault.reverted');
    assert.ok(reverted?.type === 'fault.reverted');
    assert.equal(reverted.revertedBy, 'carrier');
    assert.equal(reverted.revertedAt, '2023-11-14T22:15:00.000Z');
    const failed = first('activity.failed');
    assert.ok(failed?.type === 'activity.failed');
    assert.deepEqual(
      [failed.activity, failed.attempt, failed.failureType, failed.message, failed.final],
      ['injectFault', 1, 'ClusterError', 'no route', false],
    );
    const finished = first('run.finished');
    assert.ok(finished?.type === 'run.finished');
    assert.deepEqual([finished.verdict, finished.score, finished.reason, finished.ending], ['Passed', 75, 'all held', 'completed']);
  });

  it('resume after any event without loss or duplicates, however the histories interleave', async () => {
    const stored = histories();
    const all = await collect(runEvents([run], startCursor(), follow(stored)));
    const speeds: ((runId: string) => number)[] = [
      () => 0,
      (runId) => (runId === 'child-1' ? 5 : 0),
      (runId) => (runId === 'child-2' ? 5 : 1),
      (runId) => (runId === 'run-uuid' ? 5 : 0),
    ];
    for (const before of speeds) {
      for (const after of speeds) {
        for (let seen = 1; seen <= all.length; seen += 1) {
          const head = await collect(runEvents([run], startCursor(), follow(stored, before)), seen);
          const tail = await collect(runEvents([run], parseCursor(head.at(-1)?.id ?? ''), follow(stored, after)));
          assert.deepEqual([...head, ...tail].map(key).toSorted(), all.map(key).toSorted(), `resumed after ${seen} events`);
        }
      }
    }
  });

  it('tell the phase that a run is started in, once', async () => {
    const phase = (value: string) => ({ indexedFields: { SquallPhase: defaultPayloadConverter.toPayload(value) } });
    const history = new HistoryWriter();
    history.add({ workflowExecutionStartedEventAttributes: { input: payloads(runInput), searchAttributes: phase('Planning') } });
    history.add({ workflowTaskScheduledEventAttributes: {} });
    for (const value of ['Planning', 'Baseline'])
      history.add({ upsertWorkflowSearchAttributesEventAttributes: { searchAttributes: phase(value) } });
    history.add({ workflowExecutionTerminatedEventAttributes: { reason: 'stuck' } });
    const delivered = await collect(runEvents([run], startCursor(), follow(new Map([['run-uuid', history.events]]))));
    assert.deepEqual(
      delivered.map(({ event }) => (event.type === 'run.phase' ? event.phase : event.type)),
      ['run.started', 'Planning', 'Baseline', 'run.finished'],
    );
  });

  it('keep their place over two resumptions', async () => {
    const stored = histories();
    const all = await collect(runEvents([run], startCursor(), follow(stored)));
    const slowChild = follow(stored, (runId) => (runId === 'child-1' ? 9 : 0));
    const seen: DeliveredEvent[] = [];
    let cursor = startCursor();
    for (;;) {
      const [next] = await collect(runEvents([run], cursor, seen.length % 2 === 0 ? slowChild : follow(stored)), 1);
      if (next === undefined) break;
      seen.push(next);
      cursor = parseCursor(next.id);
      assert.equal(formatCursor(cursor), next.id);
    }
    assert.deepEqual(seen.map(key).toSorted(), all.map(key).toSorted());
  });

  it('end a terminated run after what its experiments still did, with the reason', async () => {
    const parent = new HistoryWriter().start(runInput);
    parent.startChild(experimentInput(1), 'child-1');
    parent.add({ workflowExecutionTerminatedEventAttributes: { reason: 'stuck' } });
    const stored = new Map([
      ['run-uuid', parent.events],
      ['child-1', experimentHistory(1)],
    ]);
    const delivered = await collect(
      runEvents(
        [run],
        startCursor(),
        follow(stored, (runId) => (runId === 'child-1' ? 3 : 0)),
      ),
    );
    const types = delivered.map(({ event }) => event.type);
    assert.deepEqual(types.slice(-3), ['fault.confirmed', 'fault.observed', 'run.finished']);
    const last = delivered.at(-1)?.event;
    assert.ok(last?.type === 'run.finished');
    assert.deepEqual([last.ending, last.verdict, last.reason], ['terminated', null, 'terminated: stuck']);
  });

  describe('of a run that continued as new', () => {
    /** A first execution with the first experiment, a second with the other; known to a reader as they are, or found on the way. */
    function continued(): Map<string, HistoryEvent[]> {
      const first = new HistoryWriter().start(runInput).activity('makePlan', {}, planOf(campaign, 'a-seed'));
      const one = first.startChild(experimentInput(1), 'child-1');
      first.add({ childWorkflowExecutionCompletedEventAttributes: { initiatedEventId: long(one), result: payloads(evidence) } });
      first.add({ workflowExecutionContinuedAsNewEventAttributes: { newExecutionRunId: 'run-second' } });
      const second = new HistoryWriter();
      second.add({ workflowExecutionStartedEventAttributes: { input: payloads(runInput), continuedExecutionRunId: 'run-uuid' } });
      const two = second.startChild(experimentInput(2), 'child-2');
      second.add({ childWorkflowExecutionCompletedEventAttributes: { initiatedEventId: long(two), result: payloads(evidence) } });
      second.activity('finishRun', {}, { verdict: 'Passed', score: 75, reason: 'all held' } as never);
      second.add({ workflowExecutionCompletedEventAttributes: {} });
      return new Map([
        ['run-uuid', first.events],
        ['run-second', second.events],
        ['child-1', experimentHistory(1)],
        ['child-2', experimentHistory(2)],
      ]);
    }
    const chain: [typeof run, typeof run] = [run, { workflowId: 'cart-1', runId: 'run-second' }];

    it('are those of one run: one start, one end', async () => {
      const known = await collect(runEvents(chain, startCursor(), follow(continued())));
      const found = await collect(runEvents([run], startCursor(), follow(continued())));
      assert.deepEqual(known, found);
      const types = known.map(({ event }) => event.type);
      for (const once of ['run.started', 'run.finished']) assert.equal(types.filter((type) => type === once).length, 1, once);
      assert.equal(types.filter((type) => type === 'experiment.finished').length, 2);
      assert.equal(types.at(-1), 'run.finished');
    });

    it('resume after any of them, by a cursor that does not grow with every experiment', async () => {
      const stored = continued();
      const all = await collect(runEvents(chain, startCursor(), follow(stored)));
      for (const [seen, { id }] of all.entries()) {
        const rest = await collect(runEvents(chain, parseCursor(id), follow(stored)));
        assert.deepEqual(rest.map(key), all.slice(seen + 1).map(key), `resumed after ${seen + 1} events`);
        assert.ok(parseCursor(id).experiments.size <= 1, id);
      }
    });
  });

  it('pass a failure of reading on', async () => {
    const failing = async function* (): AsyncGenerator<HistoryEvent> {
      yield* new HistoryWriter().start(runInput).events;
      throw new Error('connection lost');
    };
    await assert.rejects(collect(runEvents([run], startCursor(), failing)), /connection lost/);
  });
});
