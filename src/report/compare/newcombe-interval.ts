import type { Share } from './share.ts';

/** 95 % of a normal distribution lie within so many standard deviations. */
const z = 1.959963984540054;

export interface Interval {
  low: number;
  high: number;
}

/**
 * Wilson's score interval of one share, at 95 %.
 * E. B. Wilson, Probable inference, the law of succession, and statistical inference, J. Am. Stat. Assoc. 22 (1927).
 */
export function wilsonInterval({ ok, of }: Share): Interval {
  const share = ok / of;
  const denominator = 1 + (z * z) / of;
  const centre = (share + (z * z) / (2 * of)) / denominator;
  const half = (z / denominator) * Math.sqrt((share * (1 - share)) / of + (z * z) / (4 * of * of));
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

/**
 * The 95 % interval of the difference `after` less `before`, from the score intervals of both.
 * R. G. Newcombe, Interval estimation for the difference between independent proportions, Statistics in Medicine 17 (1998), method 10.
 * Both must have samples.
 */
export function newcombeInterval(before: Share, after: Share): Interval {
  const [p, q] = [after.ok / after.of, before.ok / before.of];
  const [of, than] = [wilsonInterval(after), wilsonInterval(before)];
  return {
    low: p - q - Math.hypot(p - of.low, than.high - q),
    high: p - q + Math.hypot(of.high - p, q - than.low),
  };
}
