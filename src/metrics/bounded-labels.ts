/** So many distinct sets of values that users choose; each is a time series in Prometheus, for as long as the process lives. */
export const mostLabelSets = 200;

/** What stands for every value beyond the bound. */
const otherValue = 'other';

/**
 * Keeps labels whose values users choose (a campaign's name, its namespace) from becoming ever more time series: the first sets of values
 * are themselves, every further one is `other`. A set that was let in stays in, so that no counter of it ends halfway.
 */
export class BoundedLabels<Name extends string> {
  readonly #known = new Set<string>();
  readonly #names: readonly Name[];
  readonly #most: number;

  constructor(names: readonly Name[], most: number = mostLabelSets) {
    this.#names = names;
    this.#most = most;
  }

  of(labels: Readonly<Record<Name, string>>): Record<Name, string> {
    const values = this.#names.map((name) => labels[name]);
    const key = JSON.stringify(values);
    const isIn = this.#known.has(key) || this.#known.size < this.#most;
    if (isIn) this.#known.add(key);
    return Object.fromEntries(this.#names.map((name, index) => [name, isIn ? values[index] : otherValue])) as Record<Name, string>;
  }
}
