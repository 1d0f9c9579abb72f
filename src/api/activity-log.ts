import type { BareEvent } from './activity-events.ts';
import { firstPayload, type HistoryEvent, toNumber } from './history.ts';

export type ActivityChange =
  | { kind: 'completed'; activity: string; input: unknown; result: unknown }
  | { kind: 'failed'; failure: Omit<Extract<BareEvent, { type: 'activity.failed' }>, 'experiment'> };

/** An activity's name and input are in the event that scheduled it, its result in a later one. */
export class ActivityLog {
  readonly #scheduled = new Map<number, { activity: string; input: unknown }>();
  readonly #attempts = new Map<number, number>();

  map(event: HistoryEvent): ActivityChange | undefined {
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (scheduled) {
      const activity = { activity: scheduled.activityType?.name ?? '', input: firstPayload(scheduled.input) };
      this.#scheduled.set(toNumber(event.eventId), activity);
      return undefined;
    }
    const started = event.activityTaskStartedEventAttributes;
    if (started) {
      const attempt = started.attempt ?? 1;
      this.#attempts.set(toNumber(started.scheduledEventId), attempt);
      return started.lastFailure ? this.#failed(started.scheduledEventId, attempt - 1, started.lastFailure, false) : undefined;
    }
    const completed = event.activityTaskCompletedEventAttributes;
    if (completed) {
      const activity = this.#scheduled.get(toNumber(completed.scheduledEventId));
      return activity && { kind: 'completed', ...activity, result: firstPayload(completed.result) };
    }
    const failed = event.activityTaskFailedEventAttributes ?? event.activityTaskTimedOutEventAttributes;
    if (failed) {
      const attempt = this.#attempts.get(toNumber(failed.scheduledEventId)) ?? 1;
      return this.#failed(failed.scheduledEventId, attempt, failed.failure, true);
    }
    return undefined;
  }

  #failed(scheduledEventId: unknown, attempt: number, failure: Failure | null | undefined, final: boolean): ActivityChange {
    const { activity = '' } = this.#scheduled.get(toNumber(scheduledEventId)) ?? {};
    const failureType = failure?.applicationFailureInfo?.type ?? (failure?.timeoutFailureInfo ? 'Timeout' : 'Error');
    const message = failure?.message ?? '';
    return { kind: 'failed', failure: { type: 'activity.failed', activity, attempt, failureType, message, final } };
  }
}

type Failure = NonNullable<NonNullable<HistoryEvent['activityTaskFailedEventAttributes']>['failure']>;
