/**
 * The chance that a standard normal variable is above `z`. By the complementary error function in the Chebyshev approximation of
 * Press, Teukolsky, Vetterling, Flannery, Numerical Recipes, 2nd edition, section 6.2 (`erfcc`): its relative error is below 1.2e-7.
 */
export function normalTail(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.5 * x);
  const polynomial = coefficients.reduceRight((sum, coefficient) => sum * t + coefficient, 0);
  const above = (t * Math.exp(-x * x + polynomial)) / 2;
  return z >= 0 ? above : 1 - above;
}

const coefficients = [
  -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587, -0.82215223, 0.17087277,
] as const;
