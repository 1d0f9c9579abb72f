import { defaultPayloadConverter } from '@temporalio/common';
import type { HistoryEvent } from '../../../src/api/history.ts';
import type { Activities } from '../../../src/contracts/activities.ts';
import type { ExperimentInput, RunInput } from '../../../src/contracts/run.ts';
import { campaignOf, experimentSpec, planOf } from '../../support/simulated-activities.ts';

export const campaign = campaignOf(experimentSpec('slow-network'), experimentSpec('slow-again'));
const plan = planOf(campaign, 'a-seed');

export const runInput: RunInput = { campaign, document: 'text', seed: 'a-seed' };

export function experimentInput(index: number): ExperimentInput {
  const experiment = plan.experiments[index - 1];
  if (experiment === undefined) throw new Error(`no experiment ${index}`);
  return { runId: 'cart-1', campaign, seed: 'a-seed', inventory: plan.inventory, experiment, index };
}

type Attributes = Omit<HistoryEvent, 'eventId' | 'eventTime'>;

/** A history of events written one by one, as Temporal would number and date them: one a second. */
export class HistoryWriter {
  readonly events: HistoryEvent[] = [];

  add(attributes: Attributes): number {
    const eventId = this.events.length + 1;
    this.events.push({ eventId: long(eventId), eventTime: { seconds: long(1_700_000_000 + eventId), nanos: 0 }, ...attributes });
    return eventId;
  }

  start(input: unknown): this {
    this.add({ workflowExecutionStartedEventAttributes: { input: payloads(input) } });
    return this;
  }

  activity<Name extends keyof Activities>(
    name: Name,
    input: unknown,
    result: Awaited<ReturnType<Activities[Name]>>,
    failures: string[] = [],
  ): this {
    const scheduledEventId = long(this.add({ activityTaskScheduledEventAttributes: { activityType: { name }, input: payloads(input) } }));
    const lastFailure = failures.at(-1);
    this.add({
      activityTaskStartedEventAttributes: {
        scheduledEventId,
        attempt: failures.length + 1,
        lastFailure: lastFailure === undefined ? null : { message: lastFailure, applicationFailureInfo: { type: 'ClusterError' } },
      },
    });
    this.add({ activityTaskCompletedEventAttributes: { scheduledEventId, result: payloads(result) } });
    return this;
  }

  /** Answers the id of the initiating event. */
  startChild(input: ExperimentInput, runId: string): number {
    const workflowId = `${input.runId}.${input.index}-${input.experiment.spec.name}`;
    const initiated = this.add({ startChildWorkflowExecutionInitiatedEventAttributes: { workflowId, input: payloads(input) } });
    this.add({
      childWorkflowExecutionStartedEventAttributes: { initiatedEventId: long(initiated), workflowExecution: { workflowId, runId } },
    });
    return initiated;
  }
}

export function payloads(value: unknown): { payloads: ReturnType<typeof defaultPayloadConverter.toPayload>[] } {
  return { payloads: [defaultPayloadConverter.toPayload(value)] };
}

type Long = NonNullable<HistoryEvent['eventId']>;

/** Protobuf's 64 bit numbers come as objects that print as numbers. */
export function long(value: number): Long {
  return { toString: () => String(value) } as Long;
}
