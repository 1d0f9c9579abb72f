import type { Tolerance } from '../contracts/campaign.ts';

/** Whether one measurement satisfies a tolerance. A failed measuring never does; without a tolerance every other does. */
export function judge(tolerance: Tolerance | undefined, outcome: { value?: number | undefined; error?: string | undefined }): boolean {
  if (outcome.error !== undefined) return false;
  if (tolerance === undefined || tolerance.comparator === 'succeeds') return true;
  const { value } = outcome;
  const bound = tolerance.value;
  if (bound === undefined) throw new Error(`tolerance ${tolerance.comparator} has no value to compare with`);
  if (value === undefined) return false;
  switch (tolerance.comparator) {
    case '<=':
      return value <= bound;
    case '<':
      return value < bound;
    case '>=':
      return value >= bound;
    case '>':
      return value > bound;
    case '==':
      return value === bound;
    case '!=':
      return value !== bound;
  }
}
