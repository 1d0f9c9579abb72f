/**
 * What the ids of all faults of a run begin with, and those of no other run: by it a fault that is found in a cluster is
 * traced to its run. The run's id is hashed (FNV-1a, 64 bits, http://www.isthe.com/chongo/tech/comp/fnv/), since it may be long.
 */
export function faultIdPrefix(runId: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(runId)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return `sq${hash.toString(16).padStart(16, '0')}-`;
}

/** The id of a run's n-th fault: the same on every retry, other runs' ids differ, at most 63 of [a-z0-9-]. */
export function faultId(runId: string, index: number): string {
  return `${faultIdPrefix(runId)}${index}`;
}
