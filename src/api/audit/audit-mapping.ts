import { createHash } from 'node:crypto';
import type { ExperimentInput, RunInput } from '../../contracts/run.ts';
import { ActivityLog } from '../activity-log.ts';
import { actorOfCancel } from '../cancel-run.ts';
import { awaitedApproval, signalEvent, updateEvent } from '../control-events.ts';
import { phaseOfUpsert } from '../event-mapping.ts';
import { eventTime, firstPayload, type HistoryEvent, toNumber } from '../history.ts';
import type { AuditRecord } from '../schemas/audit.ts';
import { closingOf } from '../workflow-closing.ts';
import { activityDetail } from './activity-detail.ts';

type Telling = Pick<AuditRecord, 'who' | 'what' | 'detail'>;

/** Whose decision it is when nobody asked for it. */
const itself = 'squall';

/** Tells the history of a run, or of one of its experiments, as records of its audit. Fed its events in order, through all executions. */
export class AuditMapping {
  readonly #workflowId: string;
  /** null: it is the run's own */
  readonly #experiment: string | null;
  #executionId = '';
  #activities = new ActivityLog();
  #workers = new Map<number, { identity: string; attempt: number; startedAt: string }>();
  #updates = new Map<number, string>();

  constructor(workflowId: string, experiment: string | null) {
    this.#workflowId = workflowId;
    this.#experiment = experiment;
  }

  /** undefined: nothing was done by it */
  map(event: HistoryEvent): AuditRecord | undefined {
    const told = this.#tell(event);
    if (told === undefined) return undefined;
    return {
      at: eventTime(event),
      ...told,
      experiment: this.#experiment,
      event: { workflowId: this.#workflowId, executionId: this.#executionId, id: toNumber(event.eventId) },
    };
  }

  #tell(event: HistoryEvent): Telling | undefined {
    return this.#started(event) ?? this.#asked(event) ?? this.#activity(event) ?? this.#ownDoing(event);
  }

  #started(event: HistoryEvent): Telling | undefined {
    const started = event.workflowExecutionStartedEventAttributes;
    if (!started) return undefined;
    // Ids of events begin anew with each execution.
    this.#executionId = started.originalExecutionRunId ?? '';
    this.#activities = new ActivityLog();
    this.#workers = new Map();
    this.#updates = new Map();
    if (started.continuedExecutionRunId) return undefined;
    if (this.#experiment !== null) {
      const input = firstPayload<ExperimentInput>(started.input);
      return { who: itself, what: 'experiment.requested', detail: { attempt: input?.attempt ?? 1, ...input?.experiment.spec } };
    }
    const input = firstPayload<RunInput>(started.input);
    if (input === undefined) return undefined;
    const { campaign, document, seed, retryOf, startedBy } = input;
    const documentSha256 = createHash('sha256').update(document).digest('hex');
    return {
      who: startedBy ?? started.identity ?? itself,
      what: 'run.requested',
      detail: { seed: seed ?? campaign.seed ?? this.#workflowId, retryOf: retryOf ?? null, documentSha256, campaign },
    };
  }

  /** What people, and what watches from outside, asked for. */
  #asked(event: HistoryEvent): Telling | undefined {
    const cancel = event.workflowExecutionCancelRequestedEventAttributes;
    if (cancel) {
      const who = actorOfCancel(cancel.cause) ?? (cancel.identity || itself);
      return { who, what: 'run.cancel-requested', detail: { cause: cancel.cause ?? null } };
    }
    const update = event.workflowExecutionUpdateAcceptedEventAttributes;
    if (update) {
      const name = update.acceptedRequest?.input?.name ?? '';
      this.#updates.set(toNumber(event.eventId), name);
      return tellBare(updateEvent(update.acceptedRequest?.input), update.acceptedRequest?.meta?.identity, { what: 'update', update: name });
    }
    const completed = event.workflowExecutionUpdateCompletedEventAttributes;
    if (completed) {
      const result = completed.outcome?.success ? firstPayload(completed.outcome.success) : null;
      const failure = completed.outcome?.failure?.message ?? null;
      return {
        who: itself,
        what: 'update.completed',
        detail: { update: this.#updates.get(toNumber(completed.acceptedEventId)), result, failure },
      };
    }
    const signal = event.workflowExecutionSignaledEventAttributes;
    if (!signal) return undefined;
    const other = { what: 'signal', signal: signal.signalName, input: firstPayload(signal.input) ?? null };
    return tellBare(signalEvent(signal), signal.identity, other);
  }

  #activity(event: HistoryEvent): Telling | undefined {
    const started = event.activityTaskStartedEventAttributes;
    if (started) {
      const { identity, attempt } = started;
      this.#workers.set(toNumber(started.scheduledEventId), {
        identity: identity ?? '',
        attempt: attempt ?? 1,
        startedAt: eventTime(event),
      });
    }
    const change = this.#activities.map(event);
    if (change === undefined) return undefined;
    const ended =
      event.activityTaskCompletedEventAttributes ?? event.activityTaskFailedEventAttributes ?? event.activityTaskTimedOutEventAttributes;
    const worker = this.#workers.get(toNumber((ended ?? started)?.scheduledEventId));
    const who = worker?.identity || itself;
    if (change.kind === 'failed') {
      const { type, ...detail } = change.failure;
      return { who, what: type, detail };
    }
    const { activity, input, result } = change;
    const { attempt, startedAt } = worker ?? {};
    return { who, what: 'activity.completed', detail: { activity, attempt, startedAt, ...activityDetail(activity, input, result) } };
  }

  /** What the workflow did by itself. */
  #ownDoing(event: HistoryEvent): Telling | undefined {
    const approval = awaitedApproval(event);
    if (approval) return tellBare(approval, itself, {});
    const phase = this.#experiment === null ? phaseOfUpsert(event) : undefined;
    if (phase !== undefined) return { who: itself, what: 'run.phase', detail: { phase } };
    const closing = closingOf(event);
    if (closing === undefined) return undefined;
    const subject = this.#experiment === null ? 'run' : 'experiment';
    if (closing.ending === 'continued-as-new') {
      const next = event.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
      return { who: itself, what: `${subject}.continued`, detail: { executionId: next } };
    }
    const who = event.workflowExecutionTerminatedEventAttributes?.identity || itself;
    return { who, what: `${subject}.finished`, detail: { ...closing } };
  }
}

/** An event as the stream of events has it: who asked is told apart. `other`: when it is not one that the stream tells. */
function tellBare(
  bare: object | undefined,
  identity: string | null | undefined,
  other: { what?: string; [member: string]: unknown },
): Telling {
  const { type, actor, ...detail } = { ...bare } as { type?: string; actor?: string };
  if (type !== undefined) return { who: actor ?? identity ?? itself, what: type, detail };
  const { what = 'event', ...rest } = other;
  return { who: identity || itself, what, detail: rest };
}
