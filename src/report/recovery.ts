import type { ExperimentEvidence } from '../contracts/evidence.ts';

export interface Recovery {
  /** from the fault's end until steady state was back; null: not seen to be back, or it was never away because nothing was injected */
  seconds: number | null;
  /** what was missing when waiting ended; null: it was back, or it was not awaited */
  missing: string | null;
}

/**
 * How long steady state took to return: from the fault's end, or, for a fault without duration, from
 * its (last) injection. Zero when it was there before the fault ended.
 */
export function makeRecovery(evidence: ExperimentEvidence): Recovery {
  const awaited = evidence.observations.findLast((one) => one.recoveredAt !== null || one.notRecovered !== null);
  const recoveredAt = awaited?.recoveredAt ?? null;
  const last = evidence.repetitions.at(-1) ?? evidence.injected;
  const from = evidence.endsAt === 0 ? last?.injectedAt : evidence.reverted?.revertedAt;
  if (recoveredAt === null || from === undefined) return { seconds: null, missing: awaited?.notRecovered ?? null };
  return { seconds: Math.max(0, recoveredAt - from) / 1000, missing: null };
}
