import { createHash } from 'node:crypto';

/** A number from 0 up to, and without, 1, drawn from a seed and what it is for: the same on every machine, in whatever order it is asked. */
export function fraction(seed: string, ...purpose: (string | number)[]): number {
  const digest = createHash('sha256')
    .update(JSON.stringify([seed, ...purpose]))
    .digest();
  return digest.readUIntBE(0, 6) / 2 ** 48;
}

/** An integer from `min` to `max`, both included. */
export function integer(min: number, max: number, seed: string, ...purpose: (string | number)[]): number {
  return min + Math.floor(fraction(seed, ...purpose) * (max - min + 1));
}

/** One of a list. @throws RangeError when it is empty */
export function pick<T>(list: readonly T[], seed: string, ...purpose: (string | number)[]): T {
  const chosen = list[Math.floor(fraction(seed, ...purpose) * list.length)];
  if (chosen === undefined) throw new RangeError(`${JSON.stringify(purpose)}: found an empty list, expected something to choose from`);
  return chosen;
}

/** The list in an order drawn from the seed. */
export function shuffled<T>(list: readonly T[], seed: string, ...purpose: (string | number)[]): T[] {
  return list
    .map((item, index) => ({ item, key: fraction(seed, ...purpose, index) }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}
