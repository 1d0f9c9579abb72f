import type { Refusal } from '../contracts/plan.ts';

/** Refusals as one sentence of an error. */
export function refusalSentence(refusals: readonly Refusal[]): string {
  return refusals.map((refusal) => `${refusal.subject}: ${refusal.message}`).join('; ');
}
