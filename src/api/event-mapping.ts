import type { ExperimentEvidence } from '../contracts/evidence.ts';
import { reportActivity } from '../contracts/names.ts';
import type { Report } from '../contracts/report.ts';
import type { ExperimentInput, RunInput } from '../contracts/run.ts';
import type { Ending, RunEvent } from '../contracts/run-event.ts';
import { type BareEvent, campaignActivityEvent, experimentActivityEvent } from './activity-events.ts';
import { eventTime, firstPayload, type HistoryEvent, toNumber } from './history.ts';
import { type Closing, closingOf } from './workflow-closing.ts';

/** Tells one workflow's history as events of the run. Fed its events in order, from the first. */
export interface EventMapping {
  /** undefined: nothing a reader would want to know */
  map(event: HistoryEvent): RunEvent | undefined;
}

export class CampaignMapping implements EventMapping {
  readonly #runId: string;
  readonly #activities = new ActivityLog();
  readonly #experiments = new Map<number, ExperimentInput>();
  #report: Report | undefined;

  constructor(runId: string) {
    this.#runId = runId;
  }

  map(event: HistoryEvent): RunEvent | undefined {
    const bare = this.#bare(event);
    return bare && ({ runId: this.#runId, at: eventTime(event), ...bare } as RunEvent);
  }

  #bare(event: HistoryEvent): BareEvent | undefined {
    const started = event.workflowExecutionStartedEventAttributes;
    if (started) return this.#started(firstPayload<RunInput>(started.input));
    if (event.workflowExecutionCancelRequestedEventAttributes) return { type: 'run.cancel-requested' };
    const child = event.startChildWorkflowExecutionInitiatedEventAttributes;
    if (child) {
      const input = firstPayload<ExperimentInput>(child.input);
      if (input) this.#experiments.set(toNumber(event.eventId), input);
      return undefined;
    }
    const closing = closingOf(event);
    if (closing) return this.#finished(closing);
    return this.#experiment(event) ?? this.#activity(event);
  }

  #started(input: RunInput | undefined): BareEvent | undefined {
    if (input === undefined) return undefined;
    const { campaign } = input;
    return {
      type: 'run.started',
      campaign: campaign.name,
      cluster: campaign.target.cluster,
      namespace: campaign.target.namespace,
      seed: input.seed ?? campaign.seed ?? this.#runId,
      retryOf: input.retryOf ?? null,
    };
  }

  #experiment(event: HistoryEvent): BareEvent | undefined {
    const started = event.childWorkflowExecutionStartedEventAttributes;
    if (started) {
      const input = this.#experiments.get(toNumber(started.initiatedEventId));
      if (input === undefined) return undefined;
      const { name, fault } = input.experiment.spec;
      const workflowId = started.workflowExecution?.workflowId ?? '';
      return { type: 'experiment.started', experiment: name, index: input.index, fault, workflowId };
    }
    const closed = childClosing(event);
    const input = closed && this.#experiments.get(closed.initiated);
    if (closed === undefined || input === undefined) return undefined;
    const { evidence } = closed;
    return {
      type: 'experiment.finished',
      experiment: input.experiment.spec.name,
      ending: closed.ending,
      problem: evidence?.problem ?? (closed.message === null ? null : { kind: 'error', message: closed.message }),
      seconds: evidence === undefined ? null : (evidence.endedAt - evidence.startedAt) / 1_000,
      revertedBy: evidence?.reverted?.revertedBy ?? null,
      confirmed: evidence?.confirmed?.ok ?? null,
    };
  }

  #activity(event: HistoryEvent): BareEvent | undefined {
    const change = this.#activities.map(event);
    if (change === undefined) return undefined;
    if (change.kind === 'failed') return { ...change.failure, experiment: null };
    if (change.activity === reportActivity) this.#report = change.result as Report;
    return campaignActivityEvent(change.activity, change.result);
  }

  #finished({ ending, message }: Closing): BareEvent {
    const report = this.#report;
    return {
      type: 'run.finished',
      ending,
      verdict: report?.verdict ?? null,
      score: report?.score ?? null,
      reason: report?.reason ?? message ?? `the run ${ending} without a report`,
    };
  }
}

export class ExperimentMapping implements EventMapping {
  readonly #runId: string;
  readonly #experiment: string;
  readonly #activities = new ActivityLog();

  constructor(runId: string, experiment: string) {
    this.#runId = runId;
    this.#experiment = experiment;
  }

  map(event: HistoryEvent): RunEvent | undefined {
    const bare = this.#bare(event);
    return bare && ({ runId: this.#runId, at: eventTime(event), ...bare } as RunEvent);
  }

  #bare(event: HistoryEvent): BareEvent | undefined {
    const change = this.#activities.map(event);
    if (change === undefined) return undefined;
    if (change.kind === 'failed') return { ...change.failure, experiment: this.#experiment };
    return experimentActivityEvent(this.#experiment, change.activity, change.input, change.result);
  }
}

type ActivityChange =
  | { kind: 'completed'; activity: string; input: unknown; result: unknown }
  | { kind: 'failed'; failure: Omit<Extract<BareEvent, { type: 'activity.failed' }>, 'experiment'> };

/** An activity's name and input are in the event that scheduled it, its result in a later one. */
class ActivityLog {
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

interface ChildClosing {
  /** id of the campaign's event that initiated the child */
  initiated: number;
  ending: Ending;
  evidence: ExperimentEvidence | undefined;
  message: string | null;
}

/** What an event says of a child's end; undefined: it is no such event. */
export function childClosing(event: HistoryEvent): ChildClosing | undefined {
  const completed = event.childWorkflowExecutionCompletedEventAttributes;
  if (completed) {
    const evidence = firstPayload<ExperimentEvidence>(completed.result);
    return { initiated: toNumber(completed.initiatedEventId), ending: 'completed', evidence, message: null };
  }
  const failed = event.childWorkflowExecutionFailedEventAttributes;
  const [ending, closed]: [Ending, { initiatedEventId?: unknown } | null | undefined] = failed
    ? ['failed', failed]
    : event.childWorkflowExecutionCanceledEventAttributes
      ? ['cancelled', event.childWorkflowExecutionCanceledEventAttributes]
      : event.childWorkflowExecutionTerminatedEventAttributes
        ? ['terminated', event.childWorkflowExecutionTerminatedEventAttributes]
        : ['timed-out', event.childWorkflowExecutionTimedOutEventAttributes];
  if (!closed) return undefined;
  const message = failed?.failure?.message ?? `the experiment's workflow ended ${ending}`;
  return { initiated: toNumber(closed.initiatedEventId), ending, evidence: undefined, message };
}
