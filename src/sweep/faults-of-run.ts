import type { Finding, SweepReport } from '../contracts/sweep.ts';
import type { FaultContext } from '../faults/verbs.ts';
import { isOfRun, judge } from './judge.ts';
import { type Scope, scan } from './scan.ts';
import { findingOf, sweep } from './sweep.ts';

/** What a cluster still has of a run. */
export interface FaultsOfRun {
  /** faults of the run, whatever their deadline says; empty, and nothing unread: all of them are gone */
  left: Finding[];
  /** what could not be read, wherever it is: a fault of the run may be there, or in it */
  unread: Finding[];
}

/**
 * Whether anything of a run is in a cluster, from the cluster alone. With a scope, only there: `{ namespace }` looks at the
 * campaign's namespace, and at nodes.
 *
 * @throws ClusterError when the API server cannot be reached
 */
export async function faultsOfRun(context: FaultContext, runId: string, scope: Scope = {}): Promise<FaultsOfRun> {
  const now = Date.now();
  const sightings = await scan(context, scope);
  const find = (wanted: typeof sightings) =>
    wanted.map((sighting) => findingOf(context, sighting, judge(sighting, { now, run: 'unknown', chosen: { kind: 'due' } }).state));
  return {
    left: find(sightings.filter((sighting) => isOfRun(sighting, runId) && (sighting.is === 'fault' || sighting.is === 'unclaimed'))),
    unread: find(sightings.filter(({ is }) => is === 'unread')),
  };
}

/**
 * Undoes all of a run that is in a cluster, whether or not the run goes on.
 *
 * @throws ClusterError when the API server cannot be reached
 */
export function undoRun(context: FaultContext, runId: string, scope: Scope = {}): Promise<SweepReport> {
  return sweep(context, { scope, chosen: { kind: 'run', run: runId } });
}
