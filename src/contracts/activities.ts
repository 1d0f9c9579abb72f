import type { HaltRunsInput, HoldDecision, ReleaseHoldInput, Survey, SurveyInput } from './arbiter.ts';
import type { Campaign, ProbeSpec } from './campaign.ts';
import type { ExperimentEvidence, HistorySize, Injected, Observation, Prepared, ReadBack, Reverted, Validation } from './evidence.ts';
import type { FaultInstance, Inventory, Plan, PlannedExperiment, Refusal } from './plan.ts';
import type { Report } from './report.ts';
import type { RoundTally } from './round-tally.ts';
import type { PlanFound, PlanInput } from './run.ts';
import type { RolloutState, RolloutWorkload } from './schedule.ts';
import type { Elsewhere } from './served.ts';
import type { JanitorReport } from './sweep.ts';

/** What workflows call. Every activity is idempotent: a retry after a crash at any instant does no harm. */
export interface Activities {
  /** Reads the cluster, resolves targets and checks what must be true before anything is touched; refusals are in the plan. */
  makePlan(input: PlanInput): Promise<Plan | Elsewhere>;
  /** Of a campaign in clusters that no worker serves all of: what is there of those it serves. */
  readTargets(input: ReadTargetsInput): Promise<TargetsRead>;
  /** The plan from what was read, before the clusters were asked whether it may be done. */
  draftPlan(input: DraftPlanInput): Promise<Plan>;
  /** What only these clusters and their metrics can say of a plan. */
  preflightPlan(input: PreflightPlanInput): Promise<Omit<PlanFound, 'draft'>>;
  /** Asks every fault of the plan whether it can be done, before the first touches anything; empty: all can. */
  preflightFaults(input: PreflightFaultsInput): Promise<Refusal[]>;
  /** Between the grant and the first fault: `preflightFaults`; unless that refuses, the baseline; where the first step begins at once, its preparation. */
  readyRun(input: ReadyInput): Promise<Ready>;
  /** Asks the cluster's arbiter for the plan's targets, starting the arbiter if there is none; with `ready`, goes on as `readyRun` does. */
  requestHold(input: RequestHoldInput): Promise<HoldAnswer>;
  /** Gives them back: every fault of the run is proven undone. Also when nothing is held. */
  releaseHold(input: ReleaseHoldInput): Promise<void>;
  /** For the arbiter: which runs hold or wait by Temporal's records, and which are over and, by the cluster, undone. */
  surveyRuns(input: SurveyInput): Promise<Survey>;
  /** For the arbiter: sends the signal `halt` to the runs and to their experiments under way. */
  haltRuns(input: HaltRunsInput): Promise<void>;
  /** Chooses the experiment's targets anew, readies their carriers, picks a mechanism. Fails with type Refused when it can't be done here. */
  prepareFault(input: PrepareInput): Promise<Prepared>;
  /** With `verify` also reads it back. Where that does not come to an answer `verified` is absent: it is asked for by itself then. */
  injectFault(fault: FaultInstance, also?: { verify: boolean }): Promise<Injected & { verified?: ReadBack }>;
  /** Reads back that the fault is in effect, for up to some seconds until it is. */
  verifyFault(fault: FaultInstance): Promise<ReadBack>;
  /** Samples probes until a time, and until steady state is back if that is awaited. Cancelled, it returns what it has. */
  observe(input: ObserveInput): Promise<Observation>;
  /** Watches stop conditions until one trips or `until`; null: none did. Cancelled, it returns null. */
  watchStopConditions(input: WatchInput): Promise<StopTrip | null>;
  /** With `confirm` also reads back that it is gone. Where that does not come to an answer `confirmed` is absent, as above. */
  revertFault(fault: FaultInstance, also?: { confirm: boolean }): Promise<Reverted & { confirmed?: ReadBack }>;
  /** When reverting does not succeed and a person says so: ends what bears the fault, uid-bound, so that the fault goes with it. */
  forceUndo(fault: FaultInstance): Promise<Reverted>;
  /** Reads back that the fault is gone. */
  confirmFault(fault: FaultInstance): Promise<ReadBack>;
  validateRecovery(input: ValidateInput): Promise<Validation>;
  /** Undoes what no run undoes any more in a cluster, from the cluster alone. Fails when the cluster cannot be reached. */
  sweepCluster(cluster: string): Promise<JanitorReport>;
  /** What of a run that is over is still in a cluster, or cannot be read there; what is left is undone. Empty: nothing, which is the proof. */
  remainsOfRun(input: RemainsInput): Promise<string[]>;
  /** Which revision a workload is at, and whether that is healthy. */
  readRollout(workload: RolloutWorkload): Promise<RolloutState | Elsewhere>;
  /** Starts saved campaigns for new revisions of their workloads, for an hour. In a cluster, or in all that are served in common. */
  watchRollouts(cluster?: string): Promise<void>;
  /** Gives back what is to be given back, makes the run's report and exports its metrics. */
  finishRun(input: FinishInput): Promise<Report>;
}

export interface ReadTargetsInput {
  campaign: Campaign;
  clusters: string[];
}

export interface TargetsRead {
  /** each with `keyOf` its target */
  inventories: [string, Inventory][];
  /** why there is nothing to plan on */
  refusals: Refusal[];
}

export interface DraftPlanInput {
  campaign: Campaign;
  seed: string;
  inventories: TargetsRead['inventories'];
}

export interface PreflightPlanInput {
  plan: Plan;
  clusters: string[];
}

export interface PreflightFaultsInput {
  runId: string;
  plan: Plan;
}

export interface ReadyInput {
  runId: string;
  /** of one cluster */
  plan: Plan;
  /** how old the plan was when this was asked for */
  planAgeMs: number;
  baseline: Pick<ObserveInput, 'probes'> & { windowMs: number; steadyWithinMs: number };
  /** names of the experiments that begin right after this */
  next: string[];
}

export interface Ready {
  refusals: Refusal[];
  /** null: it was refused before */
  baseline: Observation | null;
  /** of the experiments that begin next, by their names; one that is missing has itself prepared */
  prepared: Record<string, Prepared>;
}

/** Asked again with the same run it changes nothing, and answers how things are now. */
export interface RequestHoldInput {
  runId: string;
  plan: Plan;
  /** done in the same step when the targets are granted at once; absent: not */
  ready?: Omit<ReadyInput, 'runId' | 'plan'>;
  /** the run's task queue, where its arbiter is to run, too; absent: the one that this is asked on */
  taskQueue?: string;
}

/** `ready` absent: it was not asked for, or did not come to an answer, and is asked for by itself then. */
export type HoldAnswer = HoldDecision & { ready?: Ready };

export interface RemainsInput {
  cluster: string;
  namespace: string;
  runId: string;
}

export interface PrepareInput {
  runId: string;
  faultId: string;
  campaign: Campaign;
  seed: string;
  experiment: PlannedExperiment;
}

export interface ObserveInput {
  campaign: Campaign;
  inventory: Inventory;
  probes: ProbeSpec[];
  /** sampling goes on until then, ms since the epoch; in the past: each probe is sampled once */
  until: number;
  /** steady state is awaited, until `timeoutAt` at most; `elsewhere`: by others, who end this when it is there */
  recovery: { timeoutAt: number; elsewhere?: true } | null;
  /** read back while observing */
  fault: FaultInstance | null;
  /** when it is known to have begun last, by its carriers' clocks; absent: they have not told */
  begunAt?: number | undefined;
  /** what an election is measured from */
  election: { since: number; primaryRunId: string; primaryPod: string } | null;
  /** when it ends, or is interrupted, the cluster is asked what it has to tell since then, ms since the epoch; absent: it is not */
  recordSince?: number;
}

export interface WatchInput {
  campaign: Campaign;
  inventory: Inventory;
  conditions: { name: string; probe: ProbeSpec }[];
  /** ms since the epoch */
  until: number;
}

/** A stop condition is met, or cannot be measured any more. */
export interface StopTrip {
  condition: string;
  at: number;
  /** what was seen, in a sentence */
  seen: string;
}

export interface ValidateInput {
  campaign: Campaign;
  inventory: Inventory;
}

export interface FinishInput {
  runId: string;
  plan: Plan | null;
  campaign: Campaign;
  seed: string;
  evidence: ExperimentEvidence[];
  validation: Validation | null;
  startedAt: number;
  endedAt: number;
  cancelled: boolean;
  history: HistorySize;
  /** who started it; absent: callers were not asked who they are */
  startedBy?: string;
  /** the run could not be done: why */
  error?: string;
  /** who or what ended it early, other than a cancellation of its workflow; absent: nobody */
  aborted?: { actor: string; reason: string };
  /** experiments that somebody skipped before they began, and why; absent: none */
  skips?: Record<string, string>;
  /** clusters in which the run's targets are free again; absent: runs that began before this was asked for here gave them back themselves */
  release?: string[];
  /** of a campaign that repeats its steps: the rounds before the last; absent: there are none */
  rounds?: RoundTally;
}
