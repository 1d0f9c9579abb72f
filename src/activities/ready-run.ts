import { activityInfo, log } from '@temporalio/activity';
import type { Ready, ReadyInput } from '../contracts/activities.ts';
import type { Prepared } from '../contracts/evidence.ts';
import { errorMessage } from '../error-message.ts';
import { RefusedError } from '../faults/verbs.ts';
import type { Dependencies } from './dependencies.ts';
import { observe } from './observe.ts';
import { type Preflighted, preflightEach } from './preflight-faults.ts';
import { prepareFault } from './prepare-fault.ts';
import type { Supervision } from './supervise.ts';

/** What was found of a workload is taken for what it is for so long. Later, targets are chosen anew: pods are replaced, roles change. */
const freshMs = 2_000;

/**
 * What stands between the grant and the first fault, in one: whether every fault can be done here; unless one can't, the baseline; and
 * the preparation of what begins right after. A retry does it again: nothing of the workload's behaviour is changed by it.
 */
export async function readyRun(input: ReadyInput, deps: Dependencies, supervision: Supervision): Promise<Ready> {
  const { plan, baseline, runId } = input;
  const { signal } = supervision;
  const asOf = activityInfo().scheduledTimestampMs - input.planAgeMs;
  const preflighted = await preflightEach({ runId, plan }, deps, signal);
  const refusals = preflighted.flatMap(({ refusal }) => refusal ?? []);
  if (refusals.length > 0) return { refusals, baseline: null, prepared: {} };
  const now = Date.now();
  const observation = await observe(
    {
      campaign: plan.campaign,
      inventory: plan.inventory,
      probes: baseline.probes,
      until: now + baseline.windowMs,
      recovery: { timeoutAt: now + baseline.steadyWithinMs },
      fault: null,
      election: null,
    },
    deps,
    supervision,
  );
  signal.throwIfAborted();
  const isFresh = Date.now() - asOf < freshMs;
  const next = preflighted.filter(({ planned }) => input.next.includes(planned.spec.name));
  const prepared =
    observation.notRecovered === null ? await Promise.all(next.map((one) => prepare(one, input, isFresh, deps, signal))) : [];
  return { refusals: [], baseline: observation, prepared: Object.fromEntries(prepared.flat()) };
}

/** As a part of another step: nothing where it fails, so that it is a step of its own, and is tried again as such. */
export async function tryToReadyRun(input: ReadyInput, deps: Dependencies, supervision: Supervision): Promise<{ ready?: Ready }> {
  try {
    return { ready: await readyRun(input, deps, supervision) };
  } catch (error) {
    supervision.signal.throwIfAborted();
    log.warn('not ready yet, right after the grant', { runId: input.runId, error: errorMessage(error) });
    return {};
  }
}

/** Nothing where it can't be done any more: the experiment prepares itself then, and says why. */
async function prepare(
  { planned, id, prepared }: Preflighted,
  { runId, plan }: ReadyInput,
  isFresh: boolean,
  deps: Dependencies,
  signal: AbortSignal,
): Promise<[string, Prepared][]> {
  const { name } = planned.spec;
  if (isFresh && prepared !== undefined) return [[name, prepared]];
  try {
    const input = { runId, faultId: id, campaign: plan.campaign, seed: plan.seed, experiment: planned };
    return [[name, await prepareFault(input, deps, signal)]];
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    return [];
  }
}
