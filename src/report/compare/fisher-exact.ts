import type { Share } from './share.ts';

/** Tables that are as likely as the one seen but for rounding count as such: R's `fisher.test` takes the same. */
const relativeError = 1e-7;

/**
 * Fisher's exact test of two shares, two-sided: the chance of a table as unlikely as this one, or more so, if both shares are one and
 * the same. R. A. Fisher, The logic of inductive inference, J. R. Stat. Soc. 98 (1935). Exact for any number of samples, where the
 * z-test of two proportions is not for few, or for shares near 0 and 1, which is where ours are.
 *
 * @returns 1 when either has no samples
 */
export function fisherExact(a: Share, b: Share): number {
  const successes = a.ok + b.ok;
  const all = a.of + b.of;
  const logs = logFactorials(all);
  const log = (n: number) => logs[n] ?? 0;
  const choose = (n: number, k: number) => log(n) - log(k) - log(n - k);
  // The hypergeometric distribution of the first one's successes, the margins being as they are.
  const chance = (ok: number) => Math.exp(choose(a.of, ok) + choose(b.of, successes - ok) - choose(all, successes));
  const limit = chance(a.ok) * (1 + relativeError);
  let sum = 0;
  for (let ok = Math.max(0, successes - b.of); ok <= Math.min(a.of, successes); ok++) {
    const each = chance(ok);
    if (each <= limit) sum += each;
  }
  return Math.min(1, sum);
}

function logFactorials(upTo: number): number[] {
  const logs = [0];
  for (let n = 1; n <= upTo; n++) logs.push((logs[n - 1] ?? 0) + Math.log(n));
  return logs;
}
