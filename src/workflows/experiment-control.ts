import {
  CancellationScope,
  condition,
  defineSignal,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import {
  type AbortInput,
  type Asked,
  type ExtendInput,
  haltSignal,
  type PauseInput,
  type SettleUndoInput,
  type SkipInput,
  type UndoState,
  undoStateSignal,
  updates,
} from '../contracts/control.ts';
import { askedBy } from './asked-by.ts';
import type { UndoControl } from './undo.ts';

const undoState = defineSignal<[UndoState]>(undoStateSignal);

/** Somebody wants no more of this experiment. */
export class SkippedError extends Error {
  override readonly name = 'SkippedError';
}

/** What an experiment is told by its campaign and by the arbiter while it runs, and what it tells of its undo. */
export class ExperimentControl implements UndoControl {
  settle: SettleUndoInput | undefined;
  /** by what it was halted; undefined: it was not */
  halted: string | undefined;
  readonly #experiment: string;
  #paused = false;
  #skipped: string | undefined;
  #extensionMs = 0;
  /** cancelled by whatever is to end the hold */
  #hold: CancellationScope | undefined;
  #pausable = false;

  constructor(experiment: string) {
    this.#experiment = experiment;
    setHandler(defineSignal<[PauseInput]>(updates.pause), () => {
      this.#paused = true;
      if (this.#pausable) this.#hold?.cancel();
    });
    setHandler(defineSignal<[Asked]>(updates.resume), () => {
      this.#paused = false;
    });
    setHandler(defineSignal<[ExtendInput]>(updates.extend), ({ byMs }) => {
      this.#extensionMs += byMs;
    });
    setHandler(defineSignal<[SkipInput]>(updates.skip), (input) => {
      this.#skipped = `skipped by ${askedBy(input)}`;
      this.#hold?.cancel();
    });
    setHandler(defineSignal<[SettleUndoInput]>(updates.settleUndo), (input) => {
      this.settle = input;
    });
    setHandler(defineSignal<[AbortInput]>(haltSignal), (input) => {
      this.halted = `halted by ${askedBy(input)}`;
      this.#hold?.cancel();
    });
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** The time that was added since it was last asked. */
  takeExtensionMs(): number {
    const ms = this.#extensionMs;
    this.#extensionMs = 0;
    return ms;
  }

  /** Waits while paused. @throws SkippedError, HaltedError, CancelledFailure */
  async mayBegin(): Promise<void> {
    await condition(() => !this.#paused || this.#skipped !== undefined || this.halted !== undefined);
    this.throwIfEnded();
  }

  throwIfEnded(): void {
    if (this.halted !== undefined) throw new HaltedError(this.halted);
    if (this.#skipped !== undefined) throw new SkippedError(this.#skipped);
  }

  /**
   * Runs what holds or observes until it ends or somebody ends it. False: a pause ended it, which only a body that is `pausable` is.
   *
   * @throws SkippedError, HaltedError
   */
  async interruptible(body: () => Promise<void>, { pausable }: { pausable: boolean }): Promise<boolean> {
    this.throwIfEnded();
    if (pausable && this.#paused) return false;
    const scope = new CancellationScope();
    this.#hold = scope;
    this.#pausable = pausable;
    try {
      await scope.run(body);
      return true;
    } catch (error) {
      if (!isCancellation(error) || CancellationScope.current().consideredCancelled) throw error;
      this.throwIfEnded();
      if (!pausable || !this.#paused) throw error;
      return false;
    } finally {
      this.#hold = undefined;
    }
  }

  async failing(missing: string | null): Promise<void> {
    const { parent } = workflowInfo();
    if (parent === undefined) return;
    try {
      await getExternalWorkflowHandle(parent.workflowId).signal(undoState, { experiment: this.#experiment, failing: missing });
    } catch (error) {
      // A campaign that was terminated needs no telling; the undo goes on without it.
      log.warn('the campaign could not be told of the undo', { parent: parent.workflowId, error: String(error) });
    }
  }
}

/** The kill switch. */
export class HaltedError extends Error {
  override readonly name = 'HaltedError';
}
