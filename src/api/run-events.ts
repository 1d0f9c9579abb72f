import type { ExperimentInput } from '../contracts/run.ts';
import type { RunEvent } from '../contracts/run-event.ts';
import { childClosing } from './child-closing.ts';
import { type EventCursor, formatCursor } from './event-cursor.ts';
import { CampaignMapping, type EventMapping, ExperimentMapping } from './event-mapping.ts';
import { type Execution, firstPayload, toNumber } from './history.ts';
import { type ChainedEvent, type FollowHistory, followChain } from './run-chain.ts';
import { closingOf } from './workflow-closing.ts';

export type { FollowHistory } from './run-chain.ts';

export interface DeliveredEvent {
  event: RunEvent;
  /** the cursor after this event */
  id: string;
}

/**
 * A run's events after a cursor, from the histories of its campaign and its experiments, until the run
 * has closed. Histories are followed side by side; the end of an experiment is told when all that
 * happened in it has been told, and the end of the run last of all.
 *
 * @param chain the executions of the run so far, first to last
 */
export async function* runEvents(
  chain: [Execution, ...Execution[]],
  after: EventCursor,
  follow: FollowHistory,
): AsyncGenerator<DeliveredEvent, undefined> {
  const reader = new RunReader(chain, after, follow);
  yield* reader.events();
  return undefined;
}

interface Source {
  /** the campaign's event that initiated this experiment; 0: the campaign itself */
  key: number;
  iterator: AsyncIterator<ChainedEvent>;
  mapping: EventMapping;
  next: Promise<{ source: Source; chained: ChainedEvent | undefined }>;
}

class RunReader {
  readonly #chain: [Execution, ...Execution[]];
  readonly #workflowId: string;
  readonly #follow: FollowHistory;
  /** where reading began: what the campaign did up to there is told already */
  readonly #start: number;
  /** only ever moves on: a history read anew from its first event must not take it back */
  readonly #position: EventCursor;
  readonly #open = new Map<number, Source>();
  /** experiments begun before the cursor, of which it is not known yet whether they had ended before it, too */
  readonly #pending = new Map<number, Execution>();
  readonly #names = new Map<number, string>();

  constructor(chain: [Execution, ...Execution[]], after: EventCursor, follow: FollowHistory) {
    this.#chain = chain;
    this.#workflowId = chain[0].workflowId;
    this.#follow = follow;
    this.#start = after.campaign;
    this.#position = { campaign: after.campaign, experiments: new Map(after.experiments) };
  }

  async *events(): AsyncGenerator<DeliveredEvent, undefined> {
    const campaign = this.#openSource(0, this.#chain, new CampaignMapping(this.#workflowId));
    let held: ChainedEvent | undefined;
    while (this.#open.size > 0) {
      const { source, chained } = await Promise.race([...this.#open.values()].map((open) => open.next));
      if (chained === undefined) {
        this.#open.delete(source.key);
      } else if (source === campaign && this.#mustWait(chained)) {
        held = chained;
        this.#open.delete(campaign.key);
      } else {
        yield* this.#deliver(source, chained);
      }
      if (held !== undefined && !this.#mustWait(held)) {
        this.#open.set(campaign.key, campaign);
        yield* this.#deliver(campaign, held);
        held = undefined;
      }
    }
    return undefined;
  }

  #openSource(key: number, chain: Execution[], mapping: EventMapping): Source {
    const iterator = followChain(chain, this.#follow);
    const source: Source = { key, iterator, mapping, next: new Promise(() => undefined) };
    this.#advance(source);
    this.#open.set(key, source);
    return source;
  }

  #advance(source: Source): void {
    source.next = source.iterator.next().then(({ done, value }) => ({ source, chained: done ? undefined : value }));
    // Whoever races it sees its failure; when the reader has gone, nobody races it any more.
    source.next.catch(() => undefined);
  }

  /** The campaign may not tell an end before the experiments it covers have told theirs. */
  #mustWait({ event, base }: ChainedEvent): boolean {
    const child = childClosing(event);
    if (child) return this.#open.has(base + child.initiated);
    return closingOf(event) !== undefined && [...this.#open.keys()].some((key) => key !== 0);
  }

  *#deliver(source: Source, chained: ChainedEvent): Generator<DeliveredEvent> {
    this.#advance(source);
    if (source.key === 0) this.#followExperiments(chained);
    const told = source.mapping.map(chained.event);
    if (this.#pass(source.key, chained.position) && told !== undefined) yield { event: told, id: formatCursor(this.#position) };
  }

  #followExperiments({ event, base, position }: ChainedEvent): void {
    const initiated = event.startChildWorkflowExecutionInitiatedEventAttributes;
    if (initiated) {
      const input = firstPayload<ExperimentInput>(initiated.input);
      this.#names.set(position, input?.experiment.spec.name ?? '');
    }
    const started = event.childWorkflowExecutionStartedEventAttributes;
    const { workflowId, runId } = started?.workflowExecution ?? {};
    if (workflowId && runId) this.#pending.set(base + toNumber(started?.initiatedEventId), { workflowId, runId });
    const closed = childClosing(event);
    if (closed) {
      // All it did is told: the campaign's own place says so from here on, or a cursor would grow with every experiment.
      this.#pending.delete(base + closed.initiated);
      this.#position.experiments.delete(base + closed.initiated);
    }
    if (position < this.#start) return;
    for (const [key, execution] of this.#pending) {
      this.#openSource(key, [execution], new ExperimentMapping(this.#workflowId, this.#names.get(key) ?? ''));
    }
    this.#pending.clear();
  }

  /** Moves on to an event; false: the cursor is past it. */
  #pass(key: number, position: number): boolean {
    const last = key === 0 ? this.#position.campaign : (this.#position.experiments.get(key) ?? 0);
    if (position <= last) return false;
    if (key === 0) this.#position.campaign = position;
    else this.#position.experiments.set(key, position);
    return true;
  }
}
