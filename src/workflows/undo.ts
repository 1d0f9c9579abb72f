import {
  CancellationScope,
  condition,
  isCancellation,
  log,
  patched,
  setCurrentDetails,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { SettleUndoInput } from '../contracts/control.ts';
import type { ReadBack, Reverted } from '../contracts/evidence.ts';
import { searchAttributes } from '../contracts/names.ts';
import type { FaultInstance } from '../contracts/plan.ts';
import type { Phase } from '../contracts/run.ts';
import type { Served } from '../contracts/served.ts';
import { undoing } from './activity-options.ts';
import { failureMessage } from './failure-message.ts';
import { hasFewerSteps } from './fewer-steps.ts';
import { at } from './task-queues.ts';

const longestPauseMs = 60_000;

export type Undone =
  | { kind: 'proven'; reverted: Reverted; confirmed: ReadBack }
  /** a person took it on */
  | { kind: 'acknowledged'; by: SettleUndoInput; missing: string; reverted: Reverted | null; confirmed: ReadBack | null }
  /** it has been tried for so long that the history has to go on as a new one */
  | { kind: 'unsettled'; attempts: number };

/** What a person may do about an undo that fails, and who is to know of it. */
export interface UndoControl {
  /** what was asked for last; taken when it has been done */
  settle: SettleUndoInput | undefined;
  /** called when it begins to fail, with what is missing, and with null when that is over */
  failing(missing: string | null): Promise<void>;
}

/**
 * Undoes a fault and proves it undone, whatever it takes and whoever cancels: reverts and reads back, again and again, with the
 * phase `Undoing` and the reason to be seen while it does not succeed. A person can have it forced, or take it on.
 */
export function undo(fault: FaultInstance, control: UndoControl, served: Served, attemptsBefore = 0): Promise<Undone> {
  return CancellationScope.nonCancellable(() => new Undo(fault, control, served, attemptsBefore).run());
}

class Undo {
  readonly #fault: FaultInstance;
  readonly #control: UndoControl;
  readonly #served: Served;
  #attempts: number;
  #reverted: Reverted | null = null;
  #confirmed: ReadBack | null = null;

  constructor(fault: FaultInstance, control: UndoControl, served: Served, attemptsBefore: number) {
    this.#fault = fault;
    this.#control = control;
    this.#served = served;
    this.#attempts = attemptsBefore;
  }

  async run(): Promise<Undone> {
    let told = this.#attempts > 0;
    for (;;) {
      const missing = await this.#attempt();
      if (missing === undefined && this.#reverted !== null && this.#confirmed !== null) {
        if (told) await this.#tell(null, 'Running');
        return { kind: 'proven', reverted: this.#reverted, confirmed: this.#confirmed };
      }
      this.#attempts++;
      log.warn('fault not proven undone yet', { faultId: this.#fault.id, fault: this.#fault.fault, attempt: this.#attempts, missing });
      setCurrentDetails(failingDetails(this.#fault, this.#attempts, missing ?? 'not read back'));
      if (!told) await this.#tell(missing ?? 'not read back', 'Undoing');
      told = true;
      // A long history makes way for a new one, with the undo where it was.
      if (workflowInfo().continueAsNewSuggested) return { kind: 'unsettled', attempts: this.#attempts };
      await condition(() => this.#control.settle !== undefined, Math.min(1_000 * 2 ** Math.min(this.#attempts - 1, 6), longestPauseMs));
      const by = this.#control.settle;
      if (by?.by !== 'acknowledge') continue;
      await this.#tell(null, 'Running');
      return { kind: 'acknowledged', by, missing: missing ?? 'not read back', reverted: this.#reverted, confirmed: this.#confirmed };
    }
  }

  /** What is missing; undefined: nothing. A person's word ends an attempt that hangs. */
  async #attempt(): Promise<string | undefined> {
    const force = this.#control.settle?.by === 'force';
    this.#control.settle = undefined;
    let missing: string | undefined;
    let ended = false;
    const scope = hasFewerSteps() || patched('control') ? new CancellationScope() : undefined;
    const act = () => this.#revertAndConfirm(force);
    const attempt = (scope?.run(act) ?? act())
      .then((found) => {
        missing = found;
      })
      .catch((error: unknown) => {
        missing = isCancellation(error) ? 'the attempt was given up for what a person asked for' : failureMessage(error);
      })
      .finally(() => {
        ended = true;
      });
    await condition(() => ended || this.#control.settle !== undefined);
    if (!ended) scope?.cancel();
    await attempt;
    return missing;
  }

  async #revertAndConfirm(force: boolean): Promise<string | undefined> {
    const { fault, cluster } = this.#fault;
    const there = at(cluster, this.#served);
    const { confirmed, ...reverted }: Reverted & { confirmed?: ReadBack } = force
      ? await undoing.forceUndo.executeWithOptions({ summary: `force the undo of ${fault}`, ...there }, [this.#fault])
      : await undoing.revertFault.executeWithOptions({ summary: `undo ${fault}`, ...there }, [this.#fault, { confirm: true }]);
    this.#reverted = reverted;
    this.#confirmed =
      confirmed ?? (await undoing.confirmFault.executeWithOptions({ summary: `prove ${fault} gone`, ...there }, [this.#fault]));
    if (this.#confirmed.ok) return undefined;
    const still = this.#confirmed.perTarget.filter((entry) => !entry.ok);
    return still.map((entry) => `${entry.target}: ${entry.detail}`).join('; ');
  }

  async #tell(missing: string | null, phase: Phase): Promise<void> {
    upsertSearchAttributes([{ key: searchAttributes.phase, value: phase }]);
    await this.#control.failing(missing);
  }
}

function failingDetails({ fault, id, runId, experiment }: FaultInstance, attempts: number, missing: string): string {
  const settle = `squall settle-undo ${runId} ${experiment} --reason WHY --by`;
  return [
    `**Undoing ${fault} does not succeed**, attempt ${attempts}. It is tried again without end.`,
    missing,
    `Mend the cause, and the next attempt succeeds. Else settle it: \`${settle} force\` (what bears fault ${id} is ended, and the fault with it), or \`${settle} acknowledge\`.`,
  ].join('\n\n');
}
