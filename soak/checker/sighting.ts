/** What the checker sees of a fault: something that was not there when all was well, or is not any more. */
export interface Sighting {
  kind: SightingKind;
  /** where it belongs: a namespace, or the name of a node for what is on a node itself */
  owner: string;
  /** the object, pod or process it is on */
  place: string;
  detail: string;
}

/**
 * `process`: one that does not belong in its container. `stopped`: one that is stopped or traced. `rules`, `qdisc`, `queue`: of a
 * network namespace. `object`: changed, missing, or one too many. `mark`: a label or annotation of squall's. `cordon` and `taint`: of
 * a node. `redis`: its configuration, keys, or that it does not answer.
 */
export type SightingKind = 'process' | 'stopped' | 'rules' | 'qdisc' | 'queue' | 'object' | 'mark' | 'cordon' | 'taint' | 'redis';

/** Sightings are the same one when this is the same. */
export function keyOf({ kind, owner, place }: Sighting): string {
  return `${owner} ${kind} ${place}`;
}
