import type { Warning } from './campaign.ts';
import type { ExperimentEvidence, Reverter } from './evidence.ts';
import type { Refusal } from './plan.ts';
import type { Phase } from './run.ts';
import type { Verdict } from './verdict.ts';

/**
 * What happened in a run, told from its history; the data of one server-sent event, whose name is `type`.
 * Times are ISO 8601 in UTC.
 */
export type RunEvent = { runId: string; at: string } & (RunChange | ExperimentChange | ActivityFailed);

export type RunEventType = RunEvent['type'];

type RunChange =
  | { type: 'run.started'; campaign: string; cluster: string; namespace: string; seed: string; retryOf: string | null }
  | {
      type: 'run.planned';
      seed: string;
      workload: string | null;
      /** `cluster`: where, when that is not the campaign's own */
      experiments: { name: string; fault: string; cluster?: string; targets: EventTarget[]; inject: string; undo: string }[];
      warnings: Warning[];
      refusals: Refusal[];
    }
  | { type: 'run.validated'; ok: boolean; checks: { name: string; ok: boolean; detail: string }[] }
  | { type: 'run.phase'; phase: Phase }
  | { type: 'run.cancel-requested' }
  | ({ type: 'run.paused'; faults: 'undo' | 'hold' } & Who)
  | ({ type: 'run.resumed' } & Who)
  /** by a person, by a webhook's stop condition, or by the kill switch */
  | ({ type: 'run.abort-requested' } & Who)
  | { type: 'run.approval-awaited'; approval: string; until: string }
  | ({ type: 'run.approval-answered'; approved: boolean } & Who)
  /** a stop condition that squall itself measures: the run is ended for it */
  | { type: 'run.stop-condition'; condition: string; trippedAt: string; seen: string }
  | {
      /** always the last event */
      type: 'run.finished';
      ending: Ending;
      /** null: the run ended without a report, and `reason` says why */
      verdict: Verdict | null;
      score: number | null;
      reason: string;
    };

/** Who asked for it, and why. */
interface Who {
  actor: string;
  reason: string | null;
}

type ExperimentChange = { experiment: string } & (
  | { type: 'experiment.started'; index: number; fault: string; workflowId: string }
  | { type: 'experiment.prepared'; mechanism: string; mechanismReason: string; targets: EventTarget[]; warnings: Warning[] }
  | { type: 'fault.injected'; fault: string; injectedAt: string; perTarget: { target: string; at: string; detail: string }[] }
  | { type: 'fault.verified'; fault: string; ok: boolean; perTarget: { target: string; ok: boolean; detail: string }[] }
  | {
      type: 'fault.observed';
      /** what was observed: the workload while the fault held, or while steady state was awaited */
      during: 'fault' | 'recovery';
      from: string;
      to: string;
      series: SeriesSummary[];
      recoveredAt: string | null;
      notRecovered: string | null;
      readBacks: { count: number; missed: number };
    }
  | {
      type: 'fault.reverted';
      fault: string;
      revertedAt: string;
      revertedBy: Reverter;
      perTarget: { target: string; by: Reverter; at: string; detail: string }[];
    }
  | ({ type: 'experiment.extended'; byMs: number } & Who)
  | ({ type: 'experiment.skipped' } & Who)
  | ({ type: 'experiment.retried' } & Who)
  /** the undo does not succeed, and is tried again without end */
  | { type: 'undo.failing'; missing: string }
  | ({ type: 'undo.settle-requested'; by: 'force' | 'acknowledge' } & Who)
  /** it has succeeded after all, or a person took it on */
  | { type: 'undo.settled' }
  | { type: 'fault.confirmed'; fault: string; ok: boolean; perTarget: { target: string; ok: boolean; detail: string }[] }
  | {
      type: 'experiment.finished';
      ending: Ending;
      /** why it did not run to its end; null: it did */
      problem: ExperimentEvidence['problem'];
      seconds: number | null;
      revertedBy: Reverter | null;
      confirmed: boolean | null;
    }
);

interface ActivityFailed {
  type: 'activity.failed';
  /** null: in the campaign itself */
  experiment: string | null;
  activity: string;
  /** the attempt that failed, from 1 */
  attempt: number;
  failureType: string;
  message: string;
  /** false: a later attempt was made */
  final: boolean;
}

/** How a workflow closed, as Temporal has it. */
export type Ending = 'completed' | 'failed' | 'cancelled' | 'terminated' | 'timed-out' | 'continued-as-new';

export interface EventTarget {
  /** `redis-0`, `node/worker-1`, `ConfigMap/settings` */
  target: string;
  node: string | null;
  zone: string | null;
  role: string | null;
}

/** All samples of one probe in one observation, in short. Values in `unit`; null when there are none. */
export interface SeriesSummary {
  name: string;
  type: string;
  unit: string;
  reach: string;
  samples: number;
  successPercent: number | null;
  p50: number | null;
  p95: number | null;
  max: number | null;
  detail: Record<string, string | number | boolean | null>;
}
