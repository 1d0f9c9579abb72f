import assert from 'node:assert/strict';
import { between, breakdown, medianBreakdown } from '../../../bench/inject/breakdown.ts';
import { activitiesOf, deciding, timesOf } from '../../../bench/inject/history-steps.ts';

const step = (name: string, startedAt: number, endedAt: number) => ({ name, scheduledAt: startedAt, startedAt, endedAt });

describe('the breakdown of a time', () => {
  it('leaves nothing over', () => {
    const parts = breakdown([step('plan', 120, 150), step('inject', 170, 300)], 100, 200, { name: 'POST', until: 110 });
    assert.deepEqual(parts, { POST: 10, [between]: 30, plan: 30, inject: 30 });
    assert.equal(
      Object.values(parts).reduce((sum, ms) => sum + ms),
      100,
    );
  });

  it('gives the time of two side by side to the one that began first, and none to what came after', () => {
    const parts = breakdown([step('watch', 10, 60), step('plan', 20, 40), step('inject', 50, 90), step('revert', 95, 99)], 0, 92);
    assert.deepEqual(parts, { [between]: 12, watch: 50, inject: 30 });
  });

  it('of several runs is the median of each part', () => {
    const median = (values: number[]) => values.toSorted((a, b) => a - b)[1] ?? Number.NaN;
    assert.deepEqual(medianBreakdown([{ plan: 3, hold: 9 }, { plan: 1 }, { plan: 2, hold: 4 }], median), { plan: 2, hold: 4 });
  });
});

describe('the times of a history', () => {
  const at = (ms: number) => ({ seconds: Math.floor(ms / 1_000), nanos: (ms % 1_000) * 1e6 });
  const events = [
    { eventId: 1, eventTime: at(1_000), workflowExecutionStartedEventAttributes: {} },
    { eventId: 2, eventTime: at(1_000), workflowTaskScheduledEventAttributes: {} },
    { eventId: 3, eventTime: at(1_010), workflowTaskStartedEventAttributes: { scheduledEventId: 2 } },
    { eventId: 4, eventTime: at(1_030), workflowTaskCompletedEventAttributes: { scheduledEventId: 2 } },
    { eventId: 5, eventTime: at(1_030), activityTaskScheduledEventAttributes: { activityType: { name: 'makePlan' } } },
    { eventId: 6, eventTime: at(1_040), workflowExecutionCancelRequestedEventAttributes: {} },
    { eventId: 7, eventTime: at(1_050), activityTaskStartedEventAttributes: { scheduledEventId: 5 } },
    { eventId: 8, eventTime: at(1_090), activityTaskFailedEventAttributes: { scheduledEventId: 5 } },
    { eventId: 9, eventTime: at(1_090), activityTaskScheduledEventAttributes: { activityType: { name: 'finishRun' } } },
    { eventId: 10, eventTime: at(1_100), workflowExecutionCanceledEventAttributes: {} },
    // Of Temporal's type is only read what these have.
  ] as unknown as Parameters<typeof timesOf>[0];

  it('are those of what ended, in the order in which it was scheduled', () => {
    const times = timesOf(events);
    assert.deepEqual([times.startedAt, times.toldToEndAt, times.closedAt], [1_000, 1_040, 1_100]);
    assert.deepEqual(times.steps, [
      { name: deciding, scheduledAt: 1_000, startedAt: 1_010, endedAt: 1_030 },
      { name: 'makePlan', scheduledAt: 1_030, startedAt: 1_050, endedAt: 1_090 },
    ]);
    assert.deepEqual(
      activitiesOf(times).map(({ name }) => name),
      ['makePlan'],
    );
  });

  it('are none of an empty one', () => {
    assert.throws(() => timesOf([]), RangeError);
  });
});
