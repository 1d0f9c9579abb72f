import type { ExperimentInput } from '../contracts/run.ts';
import type { RunEvent } from '../contracts/run-event.ts';
import { type EventCursor, formatCursor } from './event-cursor.ts';
import { CampaignMapping, childClosing, type EventMapping, ExperimentMapping } from './event-mapping.ts';
import { type Execution, firstPayload, type HistoryEvent, toNumber } from './history.ts';
import { closingOf } from './workflow-closing.ts';

/** Reads an execution's history from its first event until it has closed, waiting for what is to come. */
export type FollowHistory = (execution: Execution) => AsyncIterable<HistoryEvent>;

export interface DeliveredEvent {
  event: RunEvent;
  /** the cursor after this event */
  id: string;
}

/**
 * A run's events after a cursor, from the histories of its campaign and its experiments, until the run
 * has closed. Histories are followed side by side; the end of an experiment is told when all that
 * happened in it has been told, and the end of the run last of all.
 */
export async function* runEvents(run: Execution, after: EventCursor, follow: FollowHistory): AsyncGenerator<DeliveredEvent, undefined> {
  const reader = new RunReader(run, after, follow);
  yield* reader.events();
  return undefined;
}

interface Source {
  /** the campaign's event that initiated this experiment; 0: the campaign itself */
  key: number;
  iterator: AsyncIterator<HistoryEvent>;
  mapping: EventMapping;
  next: Promise<{ source: Source; event: HistoryEvent | undefined }>;
}

class RunReader {
  readonly #run: Execution;
  readonly #follow: FollowHistory;
  /** only ever moves on: a history read anew from its first event must not take it back */
  readonly #position: EventCursor;
  readonly #open = new Map<number, Source>();
  readonly #names = new Map<number, string>();

  constructor(run: Execution, after: EventCursor, follow: FollowHistory) {
    this.#run = run;
    this.#follow = follow;
    this.#position = { campaign: after.campaign, experiments: new Map(after.experiments) };
  }

  async *events(): AsyncGenerator<DeliveredEvent, undefined> {
    const campaign = this.#openSource(0, this.#run, new CampaignMapping(this.#run.workflowId));
    let held: HistoryEvent | undefined;
    while (this.#open.size > 0) {
      const { source, event } = await Promise.race([...this.#open.values()].map((open) => open.next));
      if (event === undefined) {
        this.#open.delete(source.key);
      } else if (source === campaign && this.#mustWait(event)) {
        held = event;
        this.#open.delete(campaign.key);
      } else {
        yield* this.#deliver(source, event);
      }
      if (held !== undefined && !this.#mustWait(held)) {
        this.#open.set(campaign.key, campaign);
        yield* this.#deliver(campaign, held);
        held = undefined;
      }
    }
    return undefined;
  }

  #openSource(key: number, execution: Execution, mapping: EventMapping): Source {
    const iterator = this.#follow(execution)[Symbol.asyncIterator]();
    const source: Source = { key, iterator, mapping, next: new Promise(() => undefined) };
    this.#advance(source);
    this.#open.set(key, source);
    return source;
  }

  #advance(source: Source): void {
    source.next = source.iterator.next().then(({ done, value }) => ({ source, event: done ? undefined : value }));
    // Whoever races it sees its failure; when the reader has gone, nobody races it any more.
    source.next.catch(() => undefined);
  }

  /** The campaign may not tell an end before the experiments it covers have told theirs. */
  #mustWait(event: HistoryEvent): boolean {
    const child = childClosing(event);
    if (child) return this.#open.has(child.initiated);
    return closingOf(event) !== undefined && [...this.#open.keys()].some((key) => key !== 0);
  }

  *#deliver(source: Source, event: HistoryEvent): Generator<DeliveredEvent> {
    this.#advance(source);
    if (source.key === 0) this.#followExperiments(event);
    const told = source.mapping.map(event);
    if (this.#pass(source.key, toNumber(event.eventId)) && told !== undefined) {
      yield { event: told, id: formatCursor(this.#position) };
    }
  }

  #followExperiments(event: HistoryEvent): void {
    const initiated = event.startChildWorkflowExecutionInitiatedEventAttributes;
    if (initiated) {
      const input = firstPayload<ExperimentInput>(initiated.input);
      this.#names.set(toNumber(event.eventId), input?.experiment.spec.name ?? '');
    }
    const started = event.childWorkflowExecutionStartedEventAttributes;
    const { workflowId, runId } = started?.workflowExecution ?? {};
    if (!workflowId || !runId) return;
    const key = toNumber(started?.initiatedEventId);
    this.#openSource(key, { workflowId, runId }, new ExperimentMapping(this.#run.workflowId, this.#names.get(key) ?? ''));
  }

  /** Moves on to an event; false: the cursor is past it. */
  #pass(key: number, eventId: number): boolean {
    const last = key === 0 ? this.#position.campaign : (this.#position.experiments.get(key) ?? 0);
    if (eventId <= last) return false;
    if (key === 0) this.#position.campaign = eventId;
    else this.#position.experiments.set(key, eventId);
    return true;
  }
}
