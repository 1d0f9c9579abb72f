import type { Plan, Refusal } from './plan.ts';

/** What an arbiter says of a run's wish to act on its targets. */
export type HoldDecision =
  | { outcome: 'granted' }
  /** it conflicts with the runs that hold or wait before it; the decision comes later, as the signal `hold-decided` */
  | { outcome: 'queued'; behind: string[] }
  /** codes: `held`, `budget`, `disruption-budget`, `last-ready`, `protected`, `halted`, `queue-timeout` */
  | { outcome: 'refused'; refusals: Refusal[] };

/** Asked again with the same run it changes nothing, and answers how things are now. */
export interface RequestHoldInput {
  runId: string;
  plan: Plan;
}

/** Every fault of the run was read back as gone; its targets may be given to others. */
export interface ReleaseHoldInput {
  runId: string;
  cluster: string;
}
