/**
 * How something of squall's in a cluster stands.
 * `active`: a fault within its time. `overdue`: a fault past its deadline and a grace. `orphan`: a fault whose run is over, or that
 * nobody claims. `idle`: a warm carrier without a fault. `ended`: a carrier that runs no more. `unknown`: it could not be read, and
 * may hide a fault.
 */
export type FindingState = 'active' | 'overdue' | 'orphan' | 'idle' | 'ended' | 'unknown';

/** Something of squall's in a cluster, as the cluster itself tells it. */
export interface Finding {
  cluster: string;
  /** `shop/cart-0/squall-net-1`, `Node/worker-1`, `shop/Deployment/cart` */
  where: string;
  /** the run it is of; null: only the fault's id is known, which begins with the run's `faultIdPrefix` */
  run: string | null;
  /** the fault's id; null: it is of none */
  fault: string | null;
  /** the fault's name, or its kind as an agent calls it, or `carrier` */
  kind: string;
  /** when the fault ends, come what may, ms since the epoch; null: not known */
  deadline: number | null;
  state: FindingState;
  /** how it is undone, in words; null: there is nothing to undo, or no way to do it from here */
  undo: string | null;
  /** what was read */
  evidence: string;
}

/** What became of the attempt to undo it. `ok`: it was read back as gone. */
export interface Undone {
  ok: boolean;
  /** ms since the epoch */
  at: number;
  detail: string;
}

/** `undone` null: it was not to be undone, or it was a dry run. */
export interface SweptFinding extends Finding {
  /** whether a sweep is to undo it */
  due: boolean;
  undone: Undone | null;
}

/** What one sweep of one cluster found and did. Times in ms since the epoch. */
export interface SweepReport {
  cluster: string;
  startedAt: number;
  endedAt: number;
  dryRun: boolean;
  /** why it could not be asked which runs are over; null: it was, or nobody was to be asked */
  runsNotAsked: string | null;
  findings: SweptFinding[];
}

/** A sweep of the janitor's, for its history: everything counted, and by name what was undone and what is left. */
export interface JanitorReport {
  cluster: string;
  startedAt: number;
  endedAt: number;
  runsNotAsked: string | null;
  found: Record<FindingState, number>;
  undone: SweptFinding[];
  /** due and not undone, or not to be read: the next sweep tries again */
  left: SweptFinding[];
  /** how many of `undone` and `left` are not told here, since there are too many */
  omitted: number;
}

/** Whether a fault's run may still undo it. `unknown`: nobody could say. */
export type RunState = 'running' | 'over' | 'unknown';

/** Input of the janitor workflow. */
export interface JanitorInput {
  /** their names, as workers are configured with them */
  clusters: string[];
  /** those of them that have workers of their own; absent: none */
  ownWorkers?: string[];
}
