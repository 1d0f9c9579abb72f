import {
  CancellationScope,
  type ChildWorkflowHandle,
  condition,
  defineQuery,
  defineSignal,
  defineUpdate,
  getExternalWorkflowHandle,
  log,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import {
  type AbortInput,
  type Asked,
  approvalSummary,
  type ExperimentStatus,
  haltSignal,
  type PauseInput,
  type RunStatus,
  statusQuery,
  type UndoState,
  type UpdateInputs,
  type UpdateName,
  undoStateSignal,
  updates,
} from '../contracts/control.ts';
import type { Phase } from '../contracts/run.ts';
import { askedBy } from './asked-by.ts';
import { whyRejected } from './control-rules.ts';
import type { experiment } from './experiment.ts';

type Child = ChildWorkflowHandle<typeof experiment>;

/** How a campaign is steered while it runs: what people, stop conditions and the arbiter ask for, and what they are told. */
export class CampaignControl {
  /** who or what ended it early; undefined: nobody */
  aborted: Asked | undefined;
  /** no more is taken: the report is being made */
  closing = false;
  /** called when an experiment has begun or ended */
  onProgress: () => void = () => undefined;
  /** experiments that are not to begin, and why */
  readonly skips: Map<string, string>;
  readonly #status: RunStatus;
  readonly #children = new Map<string, Child>();
  readonly #enter: (phase: Phase, inTheWay: string | null) => void;
  #answer: { approved: boolean; by: string } | undefined;
  #retry: string | undefined;
  #onAbort: () => void = () => undefined;
  /** the phase to go back to when what is in the way is over */
  #phase: Phase = 'Planning';

  /** @param enter makes a phase visible, and what keeps the run from going on; null: nothing does */
  constructor(enter: (phase: Phase, inTheWay: string | null) => void, skips: Record<string, string> = {}) {
    this.#enter = enter;
    this.skips = new Map(Object.entries(skips));
    this.#status = { phase: 'Planning', paused: null, approval: null, experiments: [] };
    setHandler(defineQuery<RunStatus>(statusQuery), () => this.status());
    this.#takes('pause', (input) => this.#pause(input));
    this.#takes('resume', () => this.#resume());
    this.#takes('abort', (input) => this.abort(input));
    this.#takes('approve', (input) => {
      this.#answer = { approved: input.approved, by: askedBy(input) };
      this.#status.approval = null;
      this.#show();
    });
    this.#takes('extend', (input) => this.#tell(input.experiment, updates.extend, input));
    this.#takes('skip', async (input) => {
      this.skips.set(input.experiment, `skipped by ${askedBy(input)}`);
      if (this.#of(input.experiment)?.state === 'under-way') await this.#tell(input.experiment, updates.skip, input);
    });
    this.#takes('retry', async (input) => {
      this.#retry = input.experiment;
      await this.#resume();
    });
    this.#takes('settle-undo', (input) => this.#tell(input.experiment, updates.settleUndo, input));
    setHandler(defineSignal<[AbortInput]>(haltSignal), (input) => this.abort({ actor: input.actor, reason: `halt: ${input.reason}` }));
    setHandler(defineSignal<[UndoState]>(undoStateSignal), (state) => this.#undoState(state));
  }

  status(): RunStatus {
    return { ...this.#status, experiments: this.#status.experiments.map((one) => ({ ...one })) };
  }

  /** Called when the run is to end; at once when it already is. */
  set onAbort(act: () => void) {
    this.#onAbort = act;
    if (this.aborted !== undefined) act();
  }

  abort(by: Asked): void {
    if (this.closing || this.aborted !== undefined) return;
    this.aborted = by;
    this.#onAbort();
  }

  /** The phase the run itself is in; a pause, an approval or a failing undo may hide it for a while. */
  enter(phase: Phase): void {
    this.#phase = phase;
    this.#status.phase = this.#visible();
    this.#enter(this.#status.phase, this.#inTheWay());
  }

  /** The experiments of a round, none begun. */
  expect(names: string[]): void {
    this.#children.clear();
    this.#status.experiments = names.map((name) => ({ name, state: 'to-come', attempt: 0, undoFailing: null }));
  }

  begin(name: string, attempt: number, child: Child): void {
    this.#children.set(name, child);
    const entry = this.#of(name);
    if (entry !== undefined) Object.assign(entry, { state: 'under-way', attempt } satisfies Partial<ExperimentStatus>);
    this.onProgress();
  }

  end(name: string, state: ExperimentStatus['state']): void {
    this.#children.delete(name);
    const entry = this.#of(name);
    if (entry !== undefined) Object.assign(entry, { state, undoFailing: null } satisfies Partial<ExperimentStatus>);
    this.#show();
    this.onProgress();
  }

  /** Waits while the run is paused. Answers the experiment that somebody wants to have once more; undefined: none. */
  async mayGoOn(): Promise<string | undefined> {
    await condition(() => this.#status.paused === null);
    const retry = this.#retry;
    this.#retry = undefined;
    return retry;
  }

  /** A failed experiment pauses the run: a person looks at it. */
  pauseFor(reason: string): void {
    this.#status.paused ??= { since: Date.now(), by: 'squall', reason, faults: 'hold' };
    this.#show();
  }

  /** Waits for a person's word, or for the time to be over. */
  async approval(name: string, timeoutMs: number): Promise<{ approved: boolean; by: string } | undefined> {
    this.#answer = undefined;
    this.#status.approval = { name, until: Date.now() + timeoutMs };
    this.#show();
    try {
      await condition(() => this.#answer !== undefined, timeoutMs, { summary: approvalSummary(name) });
      return this.#answer;
    } finally {
      this.#status.approval = null;
      this.#show();
    }
  }

  #takes<Name extends UpdateName>(name: Name, take: (input: UpdateInputs[Name]) => Promise<void> | void): void {
    setHandler(
      defineUpdate<RunStatus, [UpdateInputs[Name]]>(name),
      async (input) => {
        await take(input);
        return this.status();
      },
      {
        validator: (input) => {
          const why = whyRejected(
            name,
            input,
            this.#status,
            this.closing ? 'the run is ending' : this.aborted && 'the run is being aborted',
          );
          if (why !== undefined) throw new Error(why);
        },
      },
    );
  }

  async #pause({ faults, ...by }: PauseInput): Promise<void> {
    this.#status.paused = { since: Date.now(), by: by.actor, reason: by.reason ?? null, faults };
    this.#show();
    if (faults === 'undo') await this.#tellAll(updates.pause, { ...by, faults });
  }

  async #resume(): Promise<void> {
    const undone = this.#status.paused?.faults === 'undo';
    this.#status.paused = null;
    this.#show();
    if (undone) await this.#tellAll(updates.resume, { actor: 'squall' });
  }

  #undoState({ experiment, failing }: UndoState): void {
    const entry = this.#of(experiment);
    if (entry === undefined) return;
    entry.undoFailing = failing;
    this.#show();
  }

  #show(): void {
    const phase = this.#visible();
    if (phase === this.#status.phase) return;
    this.#status.phase = phase;
    this.#enter(phase, this.#inTheWay());
  }

  #visible(): Phase {
    const { paused, approval, experiments } = this.#status;
    if (experiments.some(({ undoFailing }) => undoFailing !== null)) return 'Undoing';
    return paused !== null || approval !== null ? 'Paused' : this.#phase;
  }

  /** In Markdown, the way out first: the Web UI shows few lines. */
  #inTheWay(): string | null {
    const { paused, approval, experiments } = this.#status;
    const run = workflowInfo().workflowId;
    const failing = experiments.filter(({ undoFailing }) => undoFailing !== null);
    if (failing.length > 0) {
      const told = failing.map(
        ({ name, undoFailing }) =>
          `**The undo of ${name} does not succeed**, and is tried again without end. Settle it: \`squall settle-undo ${run} ${name} --by force|acknowledge --reason WHY\`\n\n${undoFailing}`,
      );
      return told.join('\n\n');
    }
    if (approval !== null) return `Waiting for approval **${approval.name}**: \`squall approve ${run}\`, or with \`--reject\``;
    if (paused === null) return null;
    const reason = paused.reason === null ? '' : `: ${paused.reason}`;
    const faults = paused.faults === 'undo' ? 'Faults are undone' : 'A fault under way goes on to its own end; nothing new begins';
    return `**Paused** by ${paused.by}${reason}. ${faults}. Go on: \`squall resume ${run}\``;
  }

  #of(name: string): ExperimentStatus | undefined {
    return this.#status.experiments.find((one) => one.name === name);
  }

  async #tellAll(signal: string, input: Asked | PauseInput): Promise<void> {
    await Promise.all([...this.#children.keys()].map((name) => this.#tell(name, signal, input)));
  }

  /** Whoever has ended meanwhile needs no telling; and what was asked for is told also when the run is cancelled. */
  async #tell(name: string, signal: string, input: Asked | PauseInput): Promise<void> {
    const child = this.#children.get(name);
    if (child === undefined) return;
    try {
      // By its id: after a reset it is another execution's child, and would not be reached as this one's.
      const experiment = getExternalWorkflowHandle(child.workflowId);
      await CancellationScope.nonCancellable(() => experiment.signal(signal, input));
    } catch (error) {
      log.warn('an experiment could not be told', { experiment: name, signal, error: String(error) });
    }
  }
}
