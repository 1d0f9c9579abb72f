import type { ExperimentEvidence, Observation } from '../contracts/evidence.ts';

type Begun = Pick<ExperimentEvidence, 'verified'> & { observations: Pick<Observation, 'begunAt'>[] };

/** When the fault is known to have begun last, by its carriers' clocks. Undefined: they have not told, or not since it was put back. */
export function lastBegunAt({ verified, observations }: Begun): number | undefined {
  const seen = observations.map(({ begunAt }) => begunAt).filter((at) => at !== undefined);
  if (seen.at(-1) === null) return undefined;
  const known = [verified?.begunAt, ...seen].filter((at) => at != null);
  return known.length === 0 ? undefined : Math.max(...known);
}

/**
 * Whether what the undo ended had begun anew since it was known to have begun: a worker has put it back, and died before that was
 * in the history. Undefined: it had not.
 */
export function foundBegunAnew(evidence: Begun & Pick<ExperimentEvidence, 'reverted'>): { at: number; detail: string } | undefined {
  const known = lastBegunAt(evidence);
  const ended = evidence.reverted?.begunAt;
  if (known === undefined || ended === undefined || ended <= known) return undefined;
  return { at: ended, detail: 'found at its undo; whoever put it back did not live to tell why' };
}
