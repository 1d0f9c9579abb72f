/** Labels and annotations squall writes on objects it touches. */
export const objectKeys = {
  run: 'squall.dev/run',
  fault: 'squall.dev/fault',
  /** the catalogue's name of the fault an object bears, by which anybody knows how `restore` is read */
  faultType: 'squall.dev/fault-type',
  /** when a fault on the object itself ends, come what may, in ISO 8601 */
  expiresAt: 'squall.dev/expires-at',
  /** what an object had before a fault changed it, as JSON */
  restore: 'squall.dev/restore',
  /** which faults were undone on the object, each with the time until which a late attempt to inject it is refused, as JSON */
  undone: 'squall.dev/undone',
  /** Opt-in, on a pod, its workload or its namespace, when a campaign asks for it: `enabled`. */
  chaos: 'squall.dev/chaos',
  /** Litmus's opt-in annotation on a workload, when annotationCheck is true: `true`. */
  litmusChaos: 'litmuschaos.io/chaos',
  /** On a workload, its pods or its namespace: the last ready pod may be taken away: `allowed`. */
  lastReady: 'squall.dev/last-ready',
} as const;
