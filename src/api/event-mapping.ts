import { defaultPayloadConverter } from '@temporalio/client';
import type { Payload } from '@temporalio/common/lib/proto-utils.js';
import { reportActivity, searchAttributes } from '../contracts/names.ts';
import type { Report } from '../contracts/report.ts';
import type { ExperimentInput, Phase, RunInput } from '../contracts/run.ts';
import type { RunEvent } from '../contracts/run-event.ts';
import { type BareEvent, campaignActivityEvent, experimentActivityEvents, preparedEvent } from './activity-events.ts';
import { ActivityLog } from './activity-log.ts';
import { childClosing } from './child-closing.ts';
import { awaitedApproval, signalEvent, updateEvent } from './control-events.ts';
import { eventTime, firstPayload, type HistoryEvent, toNumber } from './history.ts';
import { OneByOne } from './one-by-one.ts';
import { type Closing, closingOf } from './workflow-closing.ts';

/** Tells one workflow's history as events of the run. Fed its events in order, from the first, through all executions it continues as. */
export interface EventMapping {
  /** undefined: nothing a reader would want to know */
  map(event: HistoryEvent): RunEvent | undefined;
}

export class CampaignMapping implements EventMapping {
  readonly #runId: string;
  #activities = new ActivityLog();
  readonly #experiments = new Map<number, ExperimentInput>();
  readonly #oneByOne = new OneByOne<RunEvent>();
  #phase: string | undefined;
  #report: Report | undefined;

  constructor(runId: string) {
    this.#runId = runId;
  }

  map(event: HistoryEvent): RunEvent | undefined {
    const bare = this.#bare(event);
    const told = bare === undefined ? [] : [bare];
    // A run is told the first phase of as it is started; later ones are changes.
    const first = this.#phaseChange(phaseOfStart(event));
    if (first !== undefined) told.push(first);
    const events = told.map((one) => ({ runId: this.#runId, at: eventTime(event), ...one }) as RunEvent);
    // Nothing comes after the end.
    return bare?.type === 'run.finished' ? events[0] : this.#oneByOne.next(events);
  }

  #bare(event: HistoryEvent): BareEvent | undefined {
    const started = event.workflowExecutionStartedEventAttributes;
    if (started) return this.#started(firstPayload<RunInput>(started.input), !started.continuedExecutionRunId);
    if (event.workflowExecutionCancelRequestedEventAttributes) return { type: 'run.cancel-requested' };
    const update = event.workflowExecutionUpdateAcceptedEventAttributes;
    if (update) return updateEvent(update.acceptedRequest?.input);
    const signal = event.workflowExecutionSignaledEventAttributes;
    if (signal) return signalEvent(signal);
    const approval = awaitedApproval(event);
    if (approval) return approval;
    if (event.upsertWorkflowSearchAttributesEventAttributes) return this.#phaseChange(phaseOfUpsert(event));
    const child = event.startChildWorkflowExecutionInitiatedEventAttributes;
    if (child) {
      const input = firstPayload<ExperimentInput>(child.input);
      if (input) this.#experiments.set(toNumber(event.eventId), input);
      return undefined;
    }
    const closing = closingOf(event);
    if (closing) return closing.ending === 'continued-as-new' ? undefined : this.#finished(closing);
    return this.#experiment(event) ?? this.#activity(event);
  }

  #started(input: RunInput | undefined, first: boolean): BareEvent | undefined {
    // Ids of events begin anew with each execution.
    this.#activities = new ActivityLog();
    this.#experiments.clear();
    if (input === undefined || !first) return undefined;
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

  #phaseChange(phase: Phase | undefined): BareEvent | undefined {
    if (phase === undefined || phase === this.#phase) return undefined;
    this.#phase = phase;
    return { type: 'run.phase', phase };
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
  readonly #oneByOne = new OneByOne<RunEvent>();
  #activities = new ActivityLog();

  constructor(runId: string, experiment: string) {
    this.#runId = runId;
    this.#experiment = experiment;
  }

  map(event: HistoryEvent): RunEvent | undefined {
    const at = eventTime(event);
    return this.#oneByOne.next(this.#bare(event).map((bare) => ({ runId: this.#runId, at, ...bare }) as RunEvent));
  }

  #bare(event: HistoryEvent): BareEvent[] {
    const started = event.workflowExecutionStartedEventAttributes;
    if (started) {
      this.#activities = new ActivityLog();
      const { prepared } = firstPayload<ExperimentInput>(started.input) ?? {};
      return prepared === undefined || started.continuedExecutionRunId ? [] : [preparedEvent(this.#experiment, prepared)];
    }
    const change = this.#activities.map(event);
    if (change === undefined) return [];
    if (change.kind === 'failed') return [{ ...change.failure, experiment: this.#experiment }];
    return experimentActivityEvents(this.#experiment, change.activity, change.input, change.result);
  }
}

/** The phase that an event says the run is in; undefined: it says none. */
export function phaseOfUpsert(event: HistoryEvent): Phase | undefined {
  const upsert = event.upsertWorkflowSearchAttributesEventAttributes;
  const payload = upsert?.searchAttributes?.indexedFields?.[searchAttributes.phase.name];
  return payload ? phaseOf(payload) : undefined;
}

/** The phase that a run is in when it is started; undefined: the event is another, or tells none. */
function phaseOfStart(event: HistoryEvent): Phase | undefined {
  const started = event.workflowExecutionStartedEventAttributes;
  const payload = started?.searchAttributes?.indexedFields?.[searchAttributes.phase.name];
  return payload ? phaseOf(payload) : undefined;
}

/** The server keeps an attribute as it was sent: a value, or a list of one. */
function phaseOf(payload: Payload): Phase | undefined {
  const value = defaultPayloadConverter.fromPayload<Phase | [Phase]>(payload);
  return Array.isArray(value) ? value[0] : value;
}
