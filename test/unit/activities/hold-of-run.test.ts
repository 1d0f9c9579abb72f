import assert from 'node:assert/strict';
import { type Client, defaultPayloadConverter } from '@temporalio/client';
import { type HoldOfRun, holdOfRun } from '../../../src/activities/hold-of-run.ts';
import type { HistoryEvent } from '../../../src/api/history.ts';
import type { HoldDecision } from '../../../src/contracts/arbiter.ts';
import { campaignOf, experimentSpec, planOf } from '../../support/simulated-activities.ts';

const plan = planOf(campaignOf(experimentSpec('slow')), 'a-seed');
const payloads = (value: unknown) => ({ payloads: [defaultPayloadConverter.toPayload(value)] });

type Told = HoldDecision | 'failed' | 'no answer yet';
const granted: HoldDecision = { outcome: 'granted' };
const queued: HoldDecision = { outcome: 'queued', behind: ['other'] };
const refused: HoldDecision = { outcome: 'refused', refusals: [] };

/** A history in which the event with number n is of second n. */
class History {
  readonly #events: HistoryEvent[] = [];

  started(progress?: unknown): this {
    return this.#add({ workflowExecutionStartedEventAttributes: { input: payloads({ ...(progress === undefined ? {} : { progress }) }) } });
  }

  asked(answer: Told): this {
    this.#add({ activityTaskScheduledEventAttributes: { activityType: { name: 'requestHold' }, input: payloads({ runId: 'run', plan }) } });
    const scheduledEventId = this.#events.at(-1)?.eventId;
    if (answer === 'no answer yet') return this;
    if (answer === 'failed') return this.#add({ activityTaskFailedEventAttributes: { scheduledEventId } });
    return this.#add({ activityTaskCompletedEventAttributes: { scheduledEventId, result: payloads(answer) } });
  }

  told(decision: HoldDecision): this {
    return this.#add({ workflowExecutionSignaledEventAttributes: { signalName: 'hold-decided', input: payloads(decision) } });
  }

  released(): this {
    return this.#add({ activityTaskScheduledEventAttributes: { activityType: { name: 'releaseHold' }, input: payloads({}) } });
  }

  reported(...release: string[]): this {
    return this.#add({ activityTaskScheduledEventAttributes: { activityType: { name: 'finishRun' }, input: payloads({ release }) } });
  }

  async read(cluster = 'default'): Promise<string> {
    const events = this.#events.toReversed();
    const client = {
      options: { namespace: 'default', loadedDataConverter: { payloadCodecs: [] } },
      workflowService: { getWorkflowExecutionHistoryReverse: async () => ({ history: { events }, nextPageToken: new Uint8Array() }) },
    } as unknown as Client;
    const found: HoldOfRun = await holdOfRun(client, { workflowId: 'run', runId: 'r' }, cluster);
    if (found.state === 'none') return 'none';
    assert.equal(found.plan.campaign.name, 'cart');
    return `${found.state} since ${found.since / 1_000}`;
  }

  #add(attributes: object): this {
    const id = this.#events.length + 1;
    this.#events.push({ eventId: id, eventTime: { seconds: id, nanos: 0 }, ...attributes } as unknown as HistoryEvent);
    return this;
  }
}

describe('what a run holds, by its history', () => {
  const run = () => new History().started();
  const cases: [string, History, string][] = [
    ['nothing before it asks', run(), 'none'],
    ['perhaps something while it asks', run().asked('no answer yet'), 'asking since 2'],
    ['what it was granted', run().asked(granted), 'granted since 2'],
    ['nothing when it was refused', run().asked(refused), 'none'],
    ['nothing when nobody answered', run().asked('failed'), 'none'],
    ['nothing once it gives it back', run().asked(granted).released(), 'none'],
    ['nothing once its report gives it back', run().asked(granted).reported('default'), 'none'],
    ['what it was granted when its report gives back another', run().asked(granted).reported('west'), 'granted since 2'],
    ['nothing yet when it waits, since it first asked', run().asked(queued).asked(queued), 'queued since 2'],
    ['perhaps something when it waits and asks again', run().asked(queued).asked('no answer yet'), 'asking since 4'],
    ['what it was told to have after it waited', run().asked(queued).told(granted), 'granted since 2'],
    ['nothing when its time in the queue was over', run().asked(queued).told(refused), 'none'],
    ['what it was granted in an execution before this one', new History().started({ plan }), 'granted since 1'],
    ['nothing when that was given back', new History().started({ plan }).released(), 'none'],
  ];
  for (const [what, history, expected] of cases) {
    it(`is ${what}`, async () => assert.equal(await history.read(), expected));
  }
});
