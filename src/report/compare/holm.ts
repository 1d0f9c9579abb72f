/**
 * Chances adjusted for how many were looked at together: who asks twenty times is told something by accident once in twenty times.
 * S. Holm, A simple sequentially rejective multiple test procedure, Scand. J. Stat. 6 (1979); as R's `p.adjust(method = "holm")`.
 */
export function holm(chances: readonly number[]): number[] {
  const order = chances.map((p, index) => ({ p, index })).toSorted((a, b) => a.p - b.p);
  const adjusted = chances.map(() => 1);
  let least = 0;
  for (const [place, { p, index }] of order.entries()) {
    least = Math.max(least, Math.min(1, p * (order.length - place)));
    adjusted[index] = least;
  }
  return adjusted;
}
