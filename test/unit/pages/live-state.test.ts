import assert from 'node:assert/strict';
import type { RunEvent } from '../../../src/contracts/run-event.ts';
import { initialState, type LiveState, nextState } from '../../../src/pages/live-state.ts';

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 2, 12, 0, seconds)).toISOString();
const ms = (seconds: number) => Date.parse(at(seconds));
const who = { actor: 'anna', reason: null };
const experiment = 'latency';

type Change = RunEvent extends infer Event ? (Event extends RunEvent ? Omit<Event, 'runId' | 'at'> : never) : never;

function stateAfter(...changes: Change[]): LiveState {
  const events = changes.map((change) => ({ runId: 'run-1', at: at(0), ...change }) as RunEvent);
  return events.reduce(nextState, initialState([{ name: experiment, durationMs: 60_000 }]));
}

const injected = (seconds: number): Change => ({
  type: 'fault.injected',
  experiment,
  fault: 'pod-network-latency',
  injectedAt: at(seconds),
  perTarget: [],
});
const reverted = (seconds: number): Change => ({
  type: 'fault.reverted',
  experiment,
  fault: 'pod-network-latency',
  revertedAt: at(seconds),
  revertedBy: 'workflow',
  perTarget: [],
});

describe('live state', () => {
  const endsAt = (state: LiveState) => state.experiments[0]?.endsAt;

  it('counts a fault down from its injection, and no further once it is undone', () => {
    assert.equal(endsAt(stateAfter(injected(0))), ms(60));
    assert.equal(endsAt(stateAfter(injected(0), reverted(60))), null);
  });

  it('gives a fault that a pause undid the time it had left', () => {
    assert.equal(endsAt(stateAfter(injected(0), reverted(20), injected(100))), ms(140));
  });

  it('ends a fault that is repeated when its first turn says, and an extended one later', () => {
    assert.equal(endsAt(stateAfter(injected(0), injected(10))), ms(60));
    assert.equal(endsAt(stateAfter(injected(0), { type: 'experiment.extended', experiment, byMs: 30_000, ...who })), ms(90));
  });

  it('begins anew with each round and each attempt', () => {
    const state = stateAfter(injected(0), reverted(60), {
      type: 'experiment.started',
      experiment,
      index: 2,
      fault: 'pod-network-latency',
      workflowId: 'run-1.2-latency',
    });
    assert.deepEqual([state.experiments[0]?.state, state.experiments[0]?.heldMs], ['begins', 0]);
  });

  it('is paused by a person or a failed experiment, not while it waits for approval', () => {
    const paused: Change = { type: 'run.phase', phase: 'Paused' };
    const awaited: Change = { type: 'run.approval-awaited', approval: 'go-ahead', until: at(600) };
    assert.equal(stateAfter(paused).paused, true);
    for (const state of [stateAfter(paused, awaited), stateAfter(awaited, paused)]) {
      assert.deepEqual([state.paused, state.approval], [false, { name: 'go-ahead', until: ms(600) }]);
    }
    assert.equal(stateAfter(awaited, { type: 'run.approval-answered', approved: true, ...who }).approval, null);
    assert.equal(stateAfter(awaited, paused, { type: 'run.phase', phase: 'Running' }).approval, null);
    assert.equal(stateAfter({ type: 'run.paused', faults: 'hold', ...who }, { type: 'run.resumed', ...who }).paused, false);
  });

  it('is finished by its last event', () => {
    const state = stateAfter(paused(), { type: 'run.finished', ending: 'completed', verdict: 'Passed', score: 100, reason: 'all well' });
    assert.deepEqual([state.phase, state.paused, state.finished?.verdict], ['Completed', false, 'Passed']);
  });
});

function paused(): Change {
  return { type: 'run.paused', faults: 'undo', ...who };
}
