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
 * Whether a fault had begun anew since it was known to have begun: a worker has put it back, and died before that was in the history.
 * Undefined: it had not, or nobody can tell.
 *
 * @param when it was found, for people: `later`
 */
export function begunAnew(
  known: number | null | undefined,
  found: number | undefined,
  when: string,
): Observation['reestablished'][number] | undefined {
  if (known == null || found === undefined || found <= known) return undefined;
  return { at: found, detail: `found ${when}; whoever put it back did not live to tell why` };
}

/** The same of what the undo ended. */
export function foundBegunAnew(evidence: Begun & Pick<ExperimentEvidence, 'reverted'>): ReturnType<typeof begunAnew> {
  return begunAnew(lastBegunAt(evidence), evidence.reverted?.begunAt, 'at its undo');
}
