import { errorMessage } from '../../src/error-message.ts';
/** Work that is owed at the end, done last first. One that fails does not keep the others from being done. */
export class CleanUp implements AsyncDisposable {
  readonly #owed: { what: string; work: () => Promise<void> }[] = [];
  readonly #say: (line: string) => void;

  /** @param say told what is being done */
  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  add(what: string, work: () => Promise<void>): void {
    this.#owed.unshift({ what, work });
  }

  /** Nothing is owed any more. */
  forgive(): void {
    this.#owed.length = 0;
  }

  /** @throws AggregateError of what failed */
  async [Symbol.asyncDispose](): Promise<void> {
    const failures: Error[] = [];
    for (const { what, work } of this.#owed) {
      this.#say(what);
      try {
        await work();
      } catch (error) {
        failures.push(new Error(`${what}: ${errorMessage(error)}`, { cause: error }));
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, `not cleaned up: ${failures.map(({ message }) => message).join('; ')}`);
  }
}
