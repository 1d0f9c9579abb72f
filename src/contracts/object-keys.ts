/** Labels and annotations squall writes on objects it touches. */
export const objectKeys = {
  run: 'squall.dev/run',
  fault: 'squall.dev/fault',
  expiresAt: 'squall.dev/expires-at',
  /** Opt-in, on a pod, its workload or its namespace, when a campaign asks for it: `enabled`. */
  chaos: 'squall.dev/chaos',
  /** Litmus's opt-in annotation on a workload, when annotationCheck is true: `true`. */
  litmusChaos: 'litmuschaos.io/chaos',
} as const;
