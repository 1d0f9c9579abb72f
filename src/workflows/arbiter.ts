import {
  allHandlersFinished,
  condition,
  defineSignal,
  defineUpdate,
  getExternalWorkflowHandle,
  log,
  makeContinueAsNewFunc,
  patched,
  setCurrentDetails,
  setHandler,
  sleep,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import { arbiterDetails, arbiterMemo } from '../arbiter/arbiter-memo.ts';
import { type Decided, HoldBook } from '../arbiter/hold-book.ts';
import {
  type ArbiterInput,
  type ArbiterMemo,
  arbiterMessages,
  expectedForMs,
  type HoldDecision,
  type HoldRequest,
  type Survey,
} from '../contracts/arbiter.ts';
import { type AbortInput, type Asked, holdDecidedSignal } from '../contracts/control.ts';
import { arbitrating, halting } from './activity-options.ts';
import { failureMessage } from './failure-message.ts';
import { proveElsewhere } from './prove-elsewhere.ts';

/** While runs hold or wait, it is looked so often whether they still go on. */
const surveyEveryMs = 15_000;
/** Nothing is granted on knowledge older than that: a run may have come to life again, by a reset. */
const knowledgeLastsMs = 60_000;
/** Temporal's lists lag behind: after a loss they are asked twice, with this between. */
const listsLagMs = 2_000;
/** A run that may hold tells within this, by asking again, or by its history. */
const surveyUncertainMs = 2_000;

/**
 * With more runs than this, what is to be seen from outside is written this often at most: it is a part of the workflow's state, which
 * Temporal stores anew with each step, and hundreds of runs may come and go in a minute.
 */
const fewRuns = 10;
const showEveryMs = 1_000;

const defaultHistoryLimit = 2_000;
/** Temporal takes 2,000 in one history. */
const mostUpdates = 500;

/**
 * Grants the targets of one cluster to runs, for ever: a run acts on what it was granted here and on nothing else. It never fails
 * by itself; ended by somebody, it is started anew by the next run that asks, and finds out who holds what before it grants anything.
 */
export async function arbiter(input: ArbiterInput): Promise<never> {
  return new Arbiter(input).run();
}

class Arbiter {
  readonly #input: ArbiterInput;
  readonly #book: HoldBook;
  #recovered: boolean;
  /** when the last survey was begun whose result is known, ms since the epoch */
  #surveyedAt = 0;
  /** when the last one was begun */
  #triedAt = 0;
  #surveyWanted = false;
  #surveying = false;
  /** the survey that is wanted, or under way, is for those who were foretold */
  #expecting = false;
  #unproven: Survey['unproven'] = [];
  /** runs that gave their hold back while a survey is under way */
  #released = new Set<string>();
  /** what goes on beside the main loop */
  #underWay = 0;
  #updates = 0;
  #changed = true;
  /** what is to be seen from outside is not what there is */
  #unshown = true;
  #shownAt = 0;
  /** executions that began before show after each change, and set a timer anew each time they wait */
  readonly #atIntervals = patched('arbiter-at-intervals');
  /** for when alarms are set, ms since the epoch */
  readonly #alarms = new Set<number>();
  #rang = false;

  constructor(input: ArbiterInput) {
    this.#input = input;
    this.#book = new HoldBook(input.state);
    this.#recovered = input.state !== undefined;
    setHandler(defineUpdate<HoldDecision, [HoldRequest]>(arbiterMessages.request), (request) => this.#request(request));
    setHandler(defineSignal<[string]>(arbiterMessages.release), (runId) => this.#release(runId));
    setHandler(defineSignal<[AbortInput]>(arbiterMessages.halt), (abort) => this.#halt(abort));
    setHandler(defineSignal<[Asked]>(arbiterMessages.lift), (asked) => this.#lift(asked));
    setHandler(defineSignal(arbiterMessages.survey), () => {
      this.#surveyWanted = true;
    });
    setHandler(defineSignal(arbiterMessages.expect), () => this.#expect());
  }

  async run(): Promise<never> {
    if (!this.#recovered) await this.#recover();
    for (;;) {
      this.#show();
      if (this.#isDue()) this.#beside(this.#survey(false));
      if ((this.#book.nextTimeout ?? Number.POSITIVE_INFINITY) <= Date.now()) this.#tell(this.#book.settle(Date.now()));
      if (this.#isLong() && this.#underWay === 0 && allHandlersFinished()) {
        // What is to be seen from outside is to be seen without a gap.
        const goOn = makeContinueAsNewFunc<typeof arbiter>({ memo: this.#memo() });
        return goOn({ ...this.#input, state: this.#book.state });
      }
      const wakeAt = this.#wakeAt();
      const woken = () => this.#changed || this.#isDue() || (this.#isLong() && this.#underWay === 0 && allHandlersFinished());
      if (!this.#atIntervals) {
        await (wakeAt === undefined ? condition(woken) : condition(woken, Math.max(1, wakeAt - Date.now())));
        continue;
      }
      this.#rang = false;
      if (wakeAt !== undefined) void this.#ringAt(wakeAt);
      await condition(() => woken() || this.#rang);
    }
  }

  /** Wakes the loop then, which looks what is due. An earlier alarm does as well: when it rings, the next is set. */
  async #ringAt(at: number): Promise<void> {
    if ([...this.#alarms].some((set) => set <= at)) return;
    this.#alarms.add(at);
    await sleep(Math.max(1, at - Date.now()), { summary: 'until something is due' });
    this.#alarms.delete(at);
    this.#rang = true;
  }

  async #request(request: HoldRequest): Promise<HoldDecision> {
    this.#updates += 1;
    const askedAt = Date.now();
    if (!this.#isInformed(askedAt) && !this.#expecting) this.#surveyWanted = true;
    await condition(() => this.#isInformed(askedAt));
    const decision = this.#book.request(request, Date.now());
    this.#tell(this.#book.settle(Date.now()));
    this.#changed = true;
    return decision;
  }

  /** Whoever asks soon need not wait for a survey, or at least not for the whole of it. */
  #expect(): void {
    if (this.#knowsUntil(Date.now() + expectedForMs)) return;
    this.#surveyWanted = true;
    this.#expecting = true;
  }

  #release(runId: string): void {
    this.#released.add(runId);
    this.#tell(this.#book.release(runId, Date.now()));
    this.#changed = true;
  }

  #halt(abort: AbortInput): void {
    const { stop, decided } = this.#book.halt(abort, Date.now());
    this.#stop(stop, abort);
    this.#tell(decided);
    // A run that this arbiter does not know of is stopped when it is found.
    this.#surveyWanted = true;
    this.#showNow();
  }

  #lift({ actor, reason }: Asked): void {
    log.info('the kill switch is lifted', { actor, reason });
    this.#book.lift();
    this.#showNow();
  }

  /** Whoever throws the kill switch, or lifts it, looks for it at once. */
  #showNow(): void {
    this.#shownAt = 0;
    this.#changed = true;
  }

  /** Nobody knows what the execution before this one granted: running campaigns and their histories are asked. */
  async #recover(): Promise<void> {
    this.#show();
    await this.#survey(true);
    do {
      await sleep(listsLagMs, { summary: "until Temporal's lists have caught up" });
    } while (!(await this.#survey(true)));
    this.#recovered = true;
  }

  /** False: it could not be found out. */
  async #survey(afterLoss: boolean): Promise<boolean> {
    const begunAt = Date.now();
    this.#triedAt = begunAt;
    const { holds, queue } = this.#book.state;
    this.#surveying = true;
    this.#surveyWanted = false;
    this.#released = new Set();
    const known = [
      ...holds.map(({ runId, scope, uncertain = false }) => ({ runId, namespace: scope.namespace, uncertain })),
      ...queue.map(({ request: { runId, scope } }) => ({ runId, namespace: scope.namespace, uncertain: false })),
    ];
    try {
      const survey = await arbitrating.surveyRuns.executeWithOptions({ summary: 'do the runs that hold still go on?' }, [
        { cluster: this.#input.cluster, known, afterLoss },
      ]);
      if (survey.elsewhere !== undefined) await proveElsewhere(this.#input.cluster, survey);
      const { decided, adopted } = this.#book.learn(survey, this.#released, Date.now());
      this.#tell(decided);
      const { halt } = this.#book.state;
      if (halt !== null && adopted.length > 0) this.#stop(adopted, halt);
      this.#unproven = survey.unproven;
      this.#surveyedAt = begunAt;
      return true;
    } catch (error) {
      log.error('it could not be found out which runs go on', { error: failureMessage(error) });
      return false;
    } finally {
      this.#surveying = false;
      this.#expecting = false;
      this.#changed = true;
    }
  }

  #stop(runIds: string[], { actor, reason }: AbortInput): void {
    if (runIds.length === 0) return;
    this.#beside(halting.haltRuns.executeWithOptions({ summary: 'stop every run' }, [{ runIds, abort: { actor, reason } }]));
  }

  #tell(decided: Decided[]): void {
    if (decided.length > 0) this.#changed = true;
    for (const { runId, decision } of decided) this.#beside(this.#decide(runId, decision));
  }

  async #decide(runId: string, decision: HoldDecision): Promise<void> {
    try {
      await getExternalWorkflowHandle(runId).signal(holdDecidedSignal, decision, this.#input.cluster);
    } catch (error) {
      // It has ended: the next survey frees what it holds.
      log.info('a run could not be told', { runId, decision: decision.outcome, error: failureMessage(error) });
      this.#surveyWanted = true;
    }
  }

  #beside(work: Promise<unknown>): void {
    this.#underWay += 1;
    void this.#awaitEnd(work);
  }

  async #awaitEnd(work: Promise<unknown>): Promise<void> {
    try {
      await work;
    } catch (error) {
      log.error('the arbiter could not do something', { error: failureMessage(error) });
    } finally {
      this.#underWay -= 1;
    }
  }

  #isInformed(askedAt: number): boolean {
    return this.#recovered && (this.#surveyedAt >= askedAt || this.#knowsUntil(Date.now()));
  }

  #knowsUntil(time: number): boolean {
    return time - this.#surveyedAt < knowledgeLastsMs;
  }

  #isDue(): boolean {
    if (this.#surveying) return false;
    return this.#surveyWanted || (this.#nextSurvey() ?? Number.POSITIVE_INFINITY) <= Date.now();
  }

  #nextSurvey(): number | undefined {
    if (this.#book.isBlank) return undefined;
    const uncertain = this.#book.state.holds.some((hold) => hold.uncertain);
    return this.#triedAt + (uncertain ? surveyUncertainMs : surveyEveryMs);
  }

  #wakeAt(): number | undefined {
    const showAt = this.#unshown ? this.#showAt() : undefined;
    const times = [this.#surveying ? undefined : this.#nextSurvey(), this.#book.nextTimeout, showAt].filter((time) => time !== undefined);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  #isLong(): boolean {
    const { historyLength, continueAsNewSuggested } = workflowInfo();
    return continueAsNewSuggested || this.#updates >= mostUpdates || historyLength >= (this.#input.historyLimit ?? defaultHistoryLimit);
  }

  #showAt(): number {
    const { holds, queue } = this.#book.state;
    return this.#atIntervals && holds.length + queue.length > fewRuns ? this.#shownAt + showEveryMs : 0;
  }

  /** For people, and for those who ask without a worker. */
  #show(): void {
    if (this.#changed) this.#unshown = true;
    this.#changed = false;
    if (!this.#unshown || Date.now() < this.#showAt()) return;
    this.#unshown = false;
    this.#shownAt = Date.now();
    const memo = this.#memo();
    upsertMemo(memo);
    setCurrentDetails(arbiterDetails(memo.arbiter, this.#recovered));
  }

  /** Under one key: Temporal takes an empty list, or null, for a wish to have the key removed. */
  #memo(): { arbiter: ArbiterMemo } {
    return { arbiter: arbiterMemo(this.#book.state, this.#unproven) };
  }
}
