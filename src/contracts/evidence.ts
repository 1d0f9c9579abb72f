import type { Warning } from './campaign.ts';
import type { ClusterRecord } from './cluster-record.ts';
import type { RedisInstance, Target } from './plan.ts';

/** What `prepare` found and did; nothing of the workload's behaviour has changed yet. */
export interface Prepared {
  targets: Target[];
  /** how the fault will be done on these nodes, for example `netem`, `nfqueue`, `api-delete`, `cpu-workers` */
  mechanism: string;
  /** why this mechanism */
  mechanismReason: string;
  /** redis run id of the primary before the fault, by which a new one is told from it; null: not redis */
  primaryRunId: string | null;
  primaryPod: string | null;
  warnings: Warning[];
}

export interface Injected {
  /** which attempt it was, from 1: after a later one, an earlier one that was given up may still be at it; absent: not known */
  attempt?: number;
  /** when the fault was in effect on the first target, ms since the epoch */
  injectedAt: number;
  /** `target` as `targetName` gives it */
  perTarget: { target: string; at: number; detail: string }[];
}

/** A read-back. `ok` false: the fault is not (verify) or still (confirm) there, and `detail` says how that was seen. */
export interface ReadBack {
  ok: boolean;
  at: number;
  perTarget: { target: string; ok: boolean; detail: string }[];
  /** when it began on the last of its targets, by their carriers' clocks; absent: they do not tell */
  begunAt?: number;
}

export type Reverter = 'workflow' | 'carrier' | 'janitor';

export interface Reverted {
  revertedAt: number;
  /** which of the three clocks ended it */
  revertedBy: Reverter;
  /** what only the end of the fault could tell, in a sentence: `12 of 400 acknowledged writes were lost` */
  outcome?: string;
  perTarget: { target: string; by: Reverter; at: number; detail: string }[];
  /** when what was ended had begun on the last of its targets, by their carriers' clocks; absent: they do not tell */
  begunAt?: number;
}

/** One measurement. `value` in the probe's unit; absent when the measuring itself failed, with `error`. */
export interface Sample {
  at: number;
  ok: boolean;
  value?: number;
  error?: string;
}

/** All samples of one probe in one experiment. */
export interface ProbeSeries {
  name: string;
  type: string;
  unit: string;
  /** how the probe reached what it measures: `direct`, `port-forward`, `http` … */
  reach: string;
  samples: Sample[];
  /** facts beside the samples, for example the stages of an election */
  detail: Record<string, string | number | boolean | null>;
}

/** The result of one observation window. */
export interface Observation {
  from: number;
  to: number;
  series: ProbeSeries[];
  /** when steady state was back, if it was awaited and came back */
  recoveredAt: number | null;
  /** what was missing when waiting for it ended */
  notRecovered: string | null;
  /** read-backs of the fault while it held: how many, and those that missed it */
  readBacks: { count: number; missed: ReadBack[] };
  /** times the fault was found lost with a restarted container, and put back */
  reestablished: { at: number; detail: string }[];
  /** `begunAt` of the last read-back; null: it was put back, and not read back since; absent: its carriers do not tell, or nothing was read back */
  begunAt?: number | null;
  /** the fault was found lost, and is not to be put back: the observation ended with it */
  faultLost: string | null;
  /** on its way to the experiment's own; absent: more is to be observed, or it was recorded before there was one */
  clusterRecord?: ClusterRecord;
}

/** Post-chaos validation. */
export interface Validation {
  at: number;
  ok: boolean;
  checks: { name: string; ok: boolean; detail: string }[];
  redis: RedisInstance[];
}

/** Everything an experiment leaves for the report. Fields are null when it did not get that far. */
export interface ExperimentEvidence {
  name: string;
  fault: string;
  faultId: string;
  prepared: Prepared | null;
  startedAt: number;
  endedAt: number;
  injected: Injected | null;
  verified: ReadBack | null;
  /** later turns of a fault that is repeated while its duration lasts */
  repetitions: Injected[];
  endsAt: number;
  deadline: number;
  observations: Observation[];
  reverted: Reverted | null;
  confirmed: ReadBack | null;
  /** times the fault was undone before its end, to be injected anew later: a pause, or an extension beyond its deadline; absent: none */
  interruptions?: { kind: 'pause' | 'extension'; reverted: Reverted | null; confirmed: ReadBack | null }[];
  /** a person took on what was not proven undone; absent: nobody had to */
  acknowledged?: { actor: string; reason: string; missing: string };
  /** from 1; absent: 1 */
  attempt?: number;
  /** what the cluster told meanwhile; absent: it did not come to be asked, or it was recorded before there was one */
  clusterRecord?: ClusterRecord;
  /** the experiment did not run to its end: why. `skipped`: a person said so */
  problem: { kind: 'refused' | 'error' | 'cancelled' | 'skipped'; message: string } | null;
  history: HistorySize;
}

export interface HistorySize {
  events: number;
  bytes: number;
}
