import type { AbortInput } from './control.ts';
import type { Refusal } from './plan.ts';

/** What an arbiter says of a run's wish to act on its targets. */
export type HoldDecision =
  | { outcome: 'granted' }
  /** it conflicts with the runs that hold or wait before it; the decision comes later, as the signal `hold-decided` */
  | { outcome: 'queued'; behind: string[] }
  /** codes: `held`, `budget`, `disruption-budget`, `last-ready`, `protected`, `halted`, `queue-timeout` */
  | { outcome: 'refused'; refusals: Refusal[] };

/** Every fault of the run was read back as gone; its targets may be given to others. */
export interface ReleaseHoldInput {
  runId: string;
  cluster: string;
}

/** The arbiter's messages, by their names in its history. */
export const arbiterMessages = {
  /** update; its argument is a HoldRequest, its answer a HoldDecision */
  request: 'request-hold',
  /** signals; their arguments are a run's id, an AbortInput, an Asked and, of the last two, nothing */
  release: 'release-hold',
  halt: 'halt',
  lift: 'lift',
  survey: 'survey',
  /** there will be requests within `expectedForMs` */
  expect: 'expect-requests',
} as const;

/** An arbiter that expects requests has its knowledge of runs fresh for so long. */
export const expectedForMs = 30_000;

/** The id of the workflow that grants targets of a cluster. */
export function arbiterWorkflowId(cluster: string): string {
  return `squall-arbiter-${cluster}`;
}

/** A run's wish, as the arbiter weighs it. */
export interface HoldRequest {
  runId: string;
  campaign: string;
  scope: HoldScope;
  limits: HoldLimits;
  /** what becomes of it when another run is in its way */
  overlap: 'refuse' | 'queue';
  queueTimeoutMs: number;
}

/** What a run acts on, for as long as it goes on. Two scopes that have something in common conflict. */
export interface HoldScope {
  namespace: string;
  /** NAMESPACE/KIND/NAME; null: the pods belong to none */
  workload: string | null;
  /** NAMESPACE/NAME of every pod of the workload */
  pods: string[];
  /** nodes those pods run on */
  podNodes: string[];
  /** nodes that faults act on: they and the pods on them are taken */
  nodes: string[];
  /** NAMESPACE/KIND/NAME of objects that faults act on */
  objects: string[];
  /** the most pods that one step hits at once */
  peak: HoldPeak;
  /** disruption budgets that its faults touch */
  budgets: HeldBudget[];
}

export interface HoldPeak {
  /** pods, and of how many of the workload */
  pods: number;
  of: number;
  /** pods by zone; those without a zone are not counted */
  zones: Record<string, number>;
}

export interface HeldBudget {
  /** NAMESPACE/NAME */
  budget: string;
  /** healthy pods as of the plan, and how many there have to be */
  healthy: number;
  desired: number;
  /** the most healthy pods that one step takes away */
  taken: number;
}

/** What all runs on a cluster together may do. Absent: as much as they like. */
export interface HoldLimits {
  runs?: number;
  podsOfWorkload?: { count: number } | { percent: number };
  podsOfNamespace?: number;
  podsOfZone?: number;
}

/** A run that may act on its scope. Times are ms since the epoch. */
export interface Hold {
  runId: string;
  campaign: string;
  scope: HoldScope;
  since: number;
  /** a lost arbiter may have granted it, its answer being on the way: nothing it is in the way of is decided until that is known */
  uncertain?: true;
}

export interface Waiting {
  request: HoldRequest;
  since: number;
  until: number;
}

/** The kill switch is thrown. */
export interface Halt {
  actor: string;
  reason: string;
  since: number;
  /** the runs it stopped; `undoneAt`: when all of their faults were proven gone, null: not yet */
  runs: { runId: string; undoneAt: number | null }[];
}

/** A hold that its run did not give back itself. */
export interface Freed {
  runId: string;
  at: number;
  /** the proof, in a sentence */
  because: string;
}

export interface ArbiterState {
  holds: Hold[];
  /** in the order in which they asked */
  queue: Waiting[];
  halt: Halt | null;
  /** the latest ones */
  freed: Freed[];
}

/** Input of the arbiter's workflow. */
export interface ArbiterInput {
  cluster: string;
  /** what the execution before this one knew; absent: it has to be found out before anything is granted */
  state?: ArbiterState;
  /** continues as new after so many events; absent: when Temporal suggests it, or after 2,000 */
  historyLimit?: number;
}

/** What is to be seen of an arbiter from outside, without a worker: its workflow's memo. Times are ms since the epoch. */
export interface ArbiterMemo {
  holds: { runId: string; campaign: string; on: string; since: number }[];
  queue: { runId: string; campaign: string; on: string; since: number; until: number }[];
  /** of all, also those that are too many to be listed */
  counts: { holds: number; queue: number };
  halt: Halt | null;
  freed: Freed[];
  /** runs that are over, and that something may be left of: what */
  unproven: Survey['unproven'];
}

export interface SurveyInput {
  cluster: string;
  /** runs that hold or wait */
  known: { runId: string; namespace: string; uncertain: boolean }[];
  /** also ask what the execution before this one knew of a halt */
  afterLoss: boolean;
}

/** What became of runs, from Temporal's records and from the cluster. */
export interface Survey {
  /** running, and granted or perhaps granted */
  holds: Hold[];
  /** running, and told to wait */
  waiting: Waiting[];
  /** running, and known to hold nothing: refused, or not asked yet */
  idle: string[];
  /** over, and nothing of them is left: why that is certain */
  over: Freed[];
  /** over, but only the cluster's own workers can say whether something is left; absent: there are none */
  elsewhere?: { runId: string; namespace: string; over: Freed }[];
  /** over, but something is left, or that could not be found out: what */
  unproven: { runId: string; missing: string }[];
  /** the kill switch as the execution before had it; null: not thrown, or not asked */
  halt: Halt | null;
}

export interface HaltRunsInput {
  runIds: string[];
  abort: AbortInput;
}
