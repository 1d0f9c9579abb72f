/** The candidate the author most likely meant; undefined: none is near. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const wanted = normalise(word);
  let best: string | undefined;
  let bestDistance = Math.ceil(wanted.length / 3) + (wanted.length < 3 ? 0 : 1);
  for (const candidate of candidates) {
    const distance = editDistance(wanted, normalise(candidate));
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** `one of a, b, c`, and the nearest of them to what was written. */
export function oneOf(candidates: readonly string[], written?: unknown): string {
  if (candidates.length === 1) return String(candidates[0]);
  const list = `one of ${candidates.join(', ')}`;
  const suggestion = typeof written === 'string' ? nearest(written, candidates) : undefined;
  return suggestion === undefined ? list : `${list}; did you mean ${suggestion}?`;
}

/** Case and separators are what people get wrong most, so they cost nothing. */
function normalise(word: string): string {
  return word.toLowerCase().replaceAll(/[-_ ]/g, '');
}

/** Levenshtein's distance. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const substitution = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(substitution, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
