import { fnv1a64 } from './fnv.ts';

/**
 * What the ids of all faults of a run begin with, and those of no other run: by it a fault that is found in a cluster is
 * traced to its run. The run's id is hashed, since it may be long.
 */
export function faultIdPrefix(runId: string): string {
  return `sq${fnv1a64(runId)}-`;
}

/** The id of a run's n-th fault: the same on every retry, other runs' ids differ, at most 63 of [a-z0-9-]. */
export function faultId(runId: string, index: number): string {
  return `${faultIdPrefix(runId)}${index}`;
}
