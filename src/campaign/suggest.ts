import { nearest } from '../nearest.ts';

/** `one of a, b, c`, and the nearest of them to what was written. */
export function oneOf(candidates: readonly string[], written?: unknown): string {
  if (candidates.length === 1) return String(candidates[0]);
  const list = `one of ${candidates.join(', ')}`;
  const suggestion = typeof written === 'string' ? suggest(written, candidates) : undefined;
  return suggestion === undefined ? list : `${list}; did you mean ${suggestion}?`;
}

/** The nearest candidate, if one is near; case and separators are what people get wrong most, so they count for nothing. */
export function suggest(written: string, candidates: readonly string[]): string | undefined {
  const plain = new Map(candidates.map((candidate) => [normalise(candidate), candidate]));
  const match = nearest(normalise(written), [...plain.keys()]);
  return match === undefined ? undefined : plain.get(match);
}

function normalise(word: string): string {
  return word.toLowerCase().replaceAll(/[-_ ]/g, '');
}
