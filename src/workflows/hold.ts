import { type ActivityOptions, condition, defineSignal, log, setHandler, workflowInfo } from '@temporalio/workflow';
import type { HoldAnswer, Ready, RequestHoldInput } from '../contracts/activities.ts';
import type { HoldDecision } from '../contracts/arbiter.ts';
import { holdDecidedSignal } from '../contracts/control.ts';
import type { ExperimentEvidence } from '../contracts/evidence.ts';
import { inCluster } from '../contracts/in-cluster.ts';
import type { Plan, Refusal } from '../contracts/plan.ts';
import { planParts } from '../contracts/plan-parts.ts';
import { holding } from './activity-options.ts';
import { failureMessage } from './failure-message.ts';

/** A queued request is made again this often, should the arbiter's word, or the arbiter itself, have been lost. */
const askAgainMs = 30_000;

/** The word of a cluster's arbiter; `cluster` is absent where a run acts in one only, or the arbiter's history is of before there were more. */
type Told = [HoldDecision, string?];

/** What is done in the step in which the targets are granted, if they are at once. */
export interface ReadyThen {
  ready: NonNullable<RequestHoldInput['ready']>;
  options: ActivityOptions;
}

export interface Held {
  refusals: Refusal[];
  waited: boolean;
  /** absent: it is to be done */
  ready?: Ready | undefined;
}

/**
 * Asks the arbiter of each cluster for the plan's targets there, one after the other in the order of their names, so that no two runs
 * wait for one another. What it was granted it holds while it waits for the rest.
 */
export async function acquireHolds(runId: string, plan: Plan, then: ReadyThen | undefined, onQueued: () => void): Promise<Held> {
  const parts = planParts(plan);
  const told = new Map<string, HoldDecision>();
  const only = parts.length === 1 ? parts[0]?.campaign.target.cluster : undefined;
  setHandler(defineSignal<Told>(holdDecidedSignal), (decision, cluster) => {
    const of = only ?? cluster;
    if (of !== undefined) told.set(of, decision);
  });
  let waited = false;
  let ready: Ready | undefined;
  for (const part of parts) {
    const hold = await acquireHold(runId, part, then, told, () => {
      if (!waited) onQueued();
    });
    waited ||= hold.waited;
    ready = hold.ready;
    if (hold.refusals.length > 0) {
      const refusals = hold.refusals.map((refusal) => inCluster(refusal, part.campaign.target, plan.campaign));
      return { refusals, waited };
    }
  }
  return { refusals: [], waited, ready };
}

async function acquireHold(
  runId: string,
  plan: Plan,
  then: ReadyThen | undefined,
  told: Map<string, HoldDecision>,
  onQueued: () => void,
): Promise<Held> {
  const { cluster } = plan.campaign.target;
  const word = () => told.get(cluster);
  let waited = false;
  for (;;) {
    // What the arbiter decided while it was asked is newer than its answer.
    const answer = await request(runId, plan, waited ? undefined : then);
    let latest: HoldDecision = word() ?? answer;
    if (latest.outcome === 'queued') {
      if (!waited) onQueued();
      waited = true;
      await condition(() => word() !== undefined, askAgainMs);
      latest = word() ?? latest;
    }
    // The workload has lived on while the run waited.
    if (latest.outcome === 'granted') return { refusals: [], waited, ready: waited ? undefined : answer.ready };
    if (latest.outcome === 'refused') return { refusals: latest.refusals, waited };
    told.delete(cluster);
  }
}

function request(runId: string, plan: Plan, then: ReadyThen | undefined): Promise<HoldAnswer> {
  if (then === undefined) return holding.requestHold.executeWithOptions({ summary: 'ask the arbiter for the targets' }, [{ runId, plan }]);
  const summary = 'ask the arbiter for the targets; can every fault be done here? baseline: the hypothesis before any';
  return holding.requestHold.executeWithOptions({ summary, ...then.options }, [
    { runId, plan, ready: then.ready, taskQueue: workflowInfo().taskQueue },
  ]);
}

/** Gives the targets back, in an execution that does so in a step of its own. */
export async function releaseHold(runId: string, cluster: string): Promise<void> {
  try {
    await holding.releaseHold.executeWithOptions({ summary: 'give the targets back' }, [{ runId, cluster }]);
  } catch (error) {
    log.warn('the arbiter could not be told that the targets are free', { error: failureMessage(error) });
  }
}

/** Whether the targets may be given back: every fault is proven undone. Else the arbiter's audit frees them, once it finds nothing left. */
export function isFree(evidence: readonly ExperimentEvidence[]): boolean {
  return evidence.every(isUndone);
}

function isUndone({ injected, reverted, confirmed }: ExperimentEvidence): boolean {
  return confirmed?.ok === true || (injected === null && reverted === null && confirmed === null);
}
