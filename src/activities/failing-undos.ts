import type { FaultInstance } from '../contracts/plan.ts';

/** An undo that fails is tried again each minute at least; one not heard of for so long has gone to another worker, or is settled. */
const forgottenMs = 5 * 60_000;

type Which = Pick<FaultInstance, 'id' | 'fault'>;

/** Faults whose last attempt at undoing failed, as far as this worker knows. */
export class FailingUndos {
  readonly #failing = new Map<string, { fault: string; at: number }>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  failed({ id, fault }: Which): void {
    this.#failing.set(id, { fault, at: this.#now() });
  }

  undone({ id }: Which): void {
    this.#failing.delete(id);
  }

  /** How many there are, by the fault's name in the catalogue. */
  count(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const [id, { fault, at }] of this.#failing) {
      if (this.#now() - at > forgottenMs) this.#failing.delete(id);
      else counts.set(fault, (counts.get(fault) ?? 0) + 1);
    }
    return counts;
  }
}
