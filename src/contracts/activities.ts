import type { HaltRunsInput, HoldDecision, ReleaseHoldInput, RequestHoldInput, Survey, SurveyInput } from './arbiter.ts';
import type { Campaign, ProbeSpec } from './campaign.ts';
import type { ExperimentEvidence, HistorySize, Injected, Observation, Prepared, ReadBack, Reverted, Validation } from './evidence.ts';
import type { FaultInstance, Inventory, Plan, PlannedExperiment, Refusal } from './plan.ts';
import type { Report } from './report.ts';
import type { RoundTally } from './round-tally.ts';
import type { PlanInput } from './run.ts';
import type { RolloutState, RolloutWorkload } from './schedule.ts';
import type { JanitorReport } from './sweep.ts';

/** What workflows call. Every activity is idempotent: a retry after a crash at any instant does no harm. */
export interface Activities {
  /** Reads the cluster, resolves targets and checks what must be true before anything is touched; refusals are in the plan. */
  makePlan(input: PlanInput): Promise<Plan>;
  /** Asks every fault of the plan whether it can be done, before the first touches anything; empty: all can. */
  preflightFaults(input: PreflightFaultsInput): Promise<Refusal[]>;
  /** Asks the cluster's arbiter for the plan's targets, starting the arbiter if there is none. */
  requestHold(input: RequestHoldInput): Promise<HoldDecision>;
  /** Gives them back: every fault of the run is proven undone. Also when nothing is held. */
  releaseHold(input: ReleaseHoldInput): Promise<void>;
  /** For the arbiter: which runs hold or wait by Temporal's records, and which are over and, by the cluster, undone. */
  surveyRuns(input: SurveyInput): Promise<Survey>;
  /** For the arbiter: sends the signal `halt` to the runs and to their experiments under way. */
  haltRuns(input: HaltRunsInput): Promise<void>;
  /** Chooses the experiment's targets anew, readies their carriers, picks a mechanism. Fails with type Refused when it can't be done here. */
  prepareFault(input: PrepareInput): Promise<Prepared>;
  injectFault(fault: FaultInstance): Promise<Injected>;
  /** Reads back that the fault is in effect, for up to some seconds until it is. */
  verifyFault(fault: FaultInstance): Promise<ReadBack>;
  /** Samples probes until a time, and until steady state is back if that is awaited. Cancelled, it returns what it has. */
  observe(input: ObserveInput): Promise<Observation>;
  /** Watches stop conditions until one trips or `until`; null: none did. Cancelled, it returns null. */
  watchStopConditions(input: WatchInput): Promise<StopTrip | null>;
  revertFault(fault: FaultInstance): Promise<Reverted>;
  /** When reverting does not succeed and a person says so: ends what bears the fault, uid-bound, so that the fault goes with it. */
  forceUndo(fault: FaultInstance): Promise<Reverted>;
  /** Reads back that the fault is gone. */
  confirmFault(fault: FaultInstance): Promise<ReadBack>;
  validateRecovery(input: ValidateInput): Promise<Validation>;
  /** Undoes what no run undoes any more in a cluster, from the cluster alone. Fails when the cluster cannot be reached. */
  sweepCluster(cluster: string): Promise<JanitorReport>;
  /** Which revision a workload is at, and whether that is healthy. */
  readRollout(workload: RolloutWorkload): Promise<RolloutState>;
  /** Starts saved campaigns for new revisions of their workloads, for an hour. */
  watchRollouts(): Promise<void>;
  /** Makes the run's report and exports its metrics. */
  finishRun(input: FinishInput): Promise<Report>;
}

export interface PreflightFaultsInput {
  runId: string;
  plan: Plan;
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
  /** steady state is awaited, until `timeoutAt` at most */
  recovery: { timeoutAt: number } | null;
  /** read back while observing */
  fault: FaultInstance | null;
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
  /** of a campaign that repeats its steps: the rounds before the last; absent: there are none */
  rounds?: RoundTally;
}
