import type { Outcome } from '../contracts/comparison.ts';

/** An outcome that is seen at a glance, as a verdict is. */
export function outcomeBadge(outcome: Outcome): string {
  const tone = outcome === 'better' ? 'good' : outcome === 'worse' ? 'bad' : 'neutral';
  return `<span class="badge ${tone}">${outcome}</span>`;
}
