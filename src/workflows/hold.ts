import { condition, defineSignal, log, setHandler } from '@temporalio/workflow';
import type { HoldDecision } from '../contracts/arbiter.ts';
import { holdDecidedSignal } from '../contracts/control.ts';
import type { ExperimentEvidence } from '../contracts/evidence.ts';
import type { Plan, Refusal } from '../contracts/plan.ts';
import { holding } from './activity-options.ts';
import { failureMessage } from './failure-message.ts';

/** A queued request is made again this often, should the arbiter's word, or the arbiter itself, have been lost. */
const askAgainMs = 30_000;

/** Asks the arbiter for the plan's targets, and waits for them as long as the arbiter lets it. */
export async function acquireHold(runId: string, plan: Plan, onQueued: () => void): Promise<{ refusals: Refusal[]; waited: boolean }> {
  let decided: HoldDecision | undefined;
  setHandler(defineSignal<[HoldDecision]>(holdDecidedSignal), (decision) => {
    decided = decision;
  });
  let waited = false;
  for (;;) {
    // What the arbiter decided while it was asked is newer than its answer.
    const answer = await holding.requestHold.executeWithOptions({ summary: 'ask the arbiter for the targets' }, [{ runId, plan }]);
    let latest: HoldDecision = decided ?? answer;
    if (latest.outcome === 'queued') {
      if (!waited) onQueued();
      waited = true;
      await condition(() => decided !== undefined, askAgainMs);
      latest = decided ?? latest;
    }
    if (latest.outcome === 'granted') return { refusals: [], waited };
    if (latest.outcome === 'refused') return { refusals: latest.refusals, waited };
    decided = undefined;
  }
}

/** Gives the targets back when every fault is proven undone. Else the arbiter's audit frees them, once it finds nothing left. */
export async function releaseHold(runId: string, cluster: string, evidence: ExperimentEvidence[]): Promise<void> {
  if (!evidence.every(isUndone)) return;
  try {
    await holding.releaseHold.executeWithOptions({ summary: 'give the targets back' }, [{ runId, cluster }]);
  } catch (error) {
    log.warn('the arbiter could not be told that the targets are free', { error: failureMessage(error) });
  }
}

function isUndone({ injected, reverted, confirmed }: ExperimentEvidence): boolean {
  return confirmed?.ok === true || (injected === null && reverted === null && confirmed === null);
}
