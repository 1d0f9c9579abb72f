import assert from 'node:assert/strict';
import { CampaignMapping } from '../../../src/api/event-mapping.ts';
import { approvalSummary, updates } from '../../../src/contracts/control.ts';
import { HistoryWriter, long, payloads, runInput } from './histories.ts';

const actor = 'anna@laptop';
const said = { actor, reason: 'deploy' };

function update(history: HistoryWriter, name: string, input: unknown): HistoryWriter {
  history.add({ workflowExecutionUpdateAcceptedEventAttributes: { acceptedRequest: { input: { name, args: payloads(input) } } } });
  return history;
}

function told(history: HistoryWriter): object[] {
  const mapping = new CampaignMapping('cart-1');
  return history.events.flatMap((event) => {
    const mapped = mapping.map(event);
    if (mapped === undefined) return [];
    const { runId, at, ...rest } = mapped;
    assert.equal(runId, 'cart-1');
    assert.ok(at);
    return [rest];
  });
}

describe('events of control', () => {
  it('tell every update, with who asked and why', () => {
    const history = new HistoryWriter();
    const inputs = {
      pause: { ...said, faults: 'hold' },
      resume: { actor },
      abort: said,
      approve: { actor, approved: false },
      extend: { actor, experiment: 'slow', byMs: 30_000 },
      skip: { ...said, experiment: 'slow' },
      retry: { actor, experiment: 'slow' },
      'settle-undo': { ...said, experiment: 'slow', by: 'acknowledge' },
    };
    assert.deepEqual(Object.keys(inputs).toSorted(), Object.values(updates).toSorted());
    for (const [name, input] of Object.entries(inputs)) update(history, name, input);
    update(history, 'something-else', { actor });
    const nobodySaid = { actor, reason: null };
    assert.deepEqual(told(history), [
      { type: 'run.paused', faults: 'hold', ...said },
      { type: 'run.resumed', ...nobodySaid },
      { type: 'run.abort-requested', ...said },
      { type: 'run.approval-answered', approved: false, ...nobodySaid },
      { type: 'experiment.extended', experiment: 'slow', byMs: 30_000, ...nobodySaid },
      { type: 'experiment.skipped', experiment: 'slow', ...said },
      { type: 'experiment.retried', experiment: 'slow', ...nobodySaid },
      { type: 'undo.settle-requested', experiment: 'slow', by: 'acknowledge', ...said },
    ]);
  });

  it('tell an undo that fails, the kill switch, and a stop condition', () => {
    const history = new HistoryWriter();
    const signal = (signalName: string, input: unknown) =>
      history.add({ workflowExecutionSignaledEventAttributes: { signalName, input: payloads(input) } });
    signal('undo-state', { experiment: 'slow', failing: 'cart-0: forbidden' });
    signal('undo-state', { experiment: 'slow', failing: null });
    signal('halt', said);
    signal('hold-decided', { outcome: 'granted' });
    history.activity('watchStopConditions', {}, null);
    history.activity('watchStopConditions', {}, { condition: 'errors', at: 1_700_000_000_000, seen: '12 of 10' });
    assert.deepEqual(told(history), [
      { type: 'undo.failing', experiment: 'slow', missing: 'cart-0: forbidden' },
      { type: 'undo.settled', experiment: 'slow' },
      { type: 'run.abort-requested', ...said },
      { type: 'run.stop-condition', condition: 'errors', trippedAt: '2023-11-14T22:13:20.000Z', seen: '12 of 10' },
    ]);
  });

  it('tell that an approval is awaited, and until when, and no other timer', () => {
    const history = new HistoryWriter();
    for (const summary of [approvalSummary('go-ahead'), 'a wait of the campaign']) {
      const [payload] = payloads(summary).payloads;
      assert.ok(payload);
      history.add({
        timerStartedEventAttributes: { startToFireTimeout: { seconds: long(90), nanos: 0 } },
        userMetadata: { summary: payload },
      });
    }
    assert.deepEqual(told(history), [{ type: 'run.approval-awaited', approval: 'go-ahead', until: '2023-11-14T22:14:51.000Z' }]);
  });

  it('tell each change of the phase once', () => {
    const history = new HistoryWriter().start(runInput);
    for (const value of ['Running', ['Running'], ['Paused'], 'Running']) {
      const [payload] = payloads(value).payloads;
      assert.ok(payload);
      history.add({ upsertWorkflowSearchAttributesEventAttributes: { searchAttributes: { indexedFields: { SquallPhase: payload } } } });
    }
    history.add({ upsertWorkflowSearchAttributesEventAttributes: { searchAttributes: { indexedFields: {} } } });
    assert.deepEqual(told(history).slice(1), [
      { type: 'run.phase', phase: 'Running' },
      { type: 'run.phase', phase: 'Paused' },
      { type: 'run.phase', phase: 'Running' },
    ]);
  });
});
