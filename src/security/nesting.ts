/** Deeper than any request to squall, or any notification to it, and far from what a recursive reader's stack can bear. */
export const maxNesting = 64;

/** Whether a value is nested more deeply than `limit`; found without recursion. */
export function nestsDeeperThan(value: unknown, limit: number = maxNesting): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > limit) return true;
    level = level.flatMap((each) => (typeof each === 'object' && each !== null ? Object.values(each) : []));
  }
  return false;
}
