import { normalTail } from './normal-tail.ts';

export interface MannWhitney {
  /** pairs of one value of each in which the second's is the greater; ties count half */
  u: number;
  /** that of all pairs, 0 to 1: A. Vargha and H. D. Delaney's measure of effect size (J. Educ. Behav. Stat. 25, 2000) */
  greater: number;
  /** two-sided */
  p: number;
}

/**
 * The Mann-Whitney U test: whether values of the second tend to be above those of the first, or below; it asks for no distribution.
 * H. B. Mann and D. R. Whitney, On a test of whether one of two random variables is stochastically larger than the other, Ann. Math.
 * Stat. 18 (1947). By the normal approximation, good from 8 values each, with the corrections for ties and for continuity as in
 * E. L. Lehmann, Nonparametrics (1975), and as `scipy.stats.mannwhitneyu(method='asymptotic')` has it.
 */
export function mannWhitney(first: readonly number[], second: readonly number[]): MannWhitney {
  const [n, m] = [first.length, second.length];
  const all = [...first.map((value) => ({ value, isSecond: false })), ...second.map((value) => ({ value, isSecond: true }))].toSorted(
    (a, b) => a.value - b.value,
  );
  let rankSum = 0;
  let ties = 0;
  for (let start = 0, end = 0; start < all.length; start = end) {
    const tied = all[start]?.value;
    while (end < all.length && all[end]?.value === tied) end++;
    const size = end - start;
    ties += size ** 3 - size;
    // Those that tie share the mean of their ranks, which count from 1.
    const rank = (start + 1 + end) / 2;
    rankSum += rank * all.slice(start, end).filter(({ isSecond }) => isSecond).length;
  }
  const u = rankSum - (m * (m + 1)) / 2;
  const total = n + m;
  const variance = ((n * m) / 12) * (total + 1 - ties / (total * (total - 1)));
  const distance = Math.max(0, Math.abs(u - (n * m) / 2) - 0.5);
  // All values are one and the same: nothing tells them apart.
  const p = variance > 0 ? Math.min(1, 2 * normalTail(distance / Math.sqrt(variance))) : 1;
  return { u, greater: n * m === 0 ? 0.5 : u / (n * m), p };
}
