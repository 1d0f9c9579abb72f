/**
 * Of an event of a history that tells several things, the rest is told with the events after it, one with each: a reader's place is
 * after an event, and whoever goes on from there is told nothing twice and misses nothing. A step of a workflow is several events, so
 * that nothing waits for long.
 */
export class OneByOne<Told> {
  readonly #waiting: Told[] = [];

  /** What is told with the event that brings `news`. */
  next(news: readonly Told[]): Told | undefined {
    this.#waiting.push(...news);
    return this.#waiting.shift();
  }
}
