/** Too many wait already: whoever asked is to come again later. */
export class CrowdedError extends Error {
  override name = 'CrowdedError';
}

/** Lets a few do something at once, some more wait for it, and turns the rest away. */
export class Lanes {
  readonly #atOnce: number;
  readonly #mostWaiting: number;
  readonly #waiting: (() => void)[] = [];
  #busy = 0;

  constructor(atOnce: number, mostWaiting: number) {
    this.#atOnce = atOnce;
    this.#mostWaiting = mostWaiting;
  }

  /** In the order they came. @throws CrowdedError */
  async run<T>(act: () => Promise<T>): Promise<T> {
    if (this.#busy < this.#atOnce) this.#busy += 1;
    else if (this.#waiting.length < this.#mostWaiting) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else throw new CrowdedError(`${this.#busy} are at it, and ${this.#waiting.length} wait`);
    try {
      return await act();
    } finally {
      // The lane goes to the next as it is.
      const next = this.#waiting.shift();
      if (next === undefined) this.#busy -= 1;
      else next();
    }
  }
}
