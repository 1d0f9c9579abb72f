import { activityInfo, getClient, log } from '@temporalio/activity';
import { holdRequest } from '../campaign/hold-request.ts';
import type { Activities } from '../contracts/activities.ts';
import type { Campaign } from '../contracts/campaign.ts';
import type { Reverted } from '../contracts/evidence.ts';
import { workflowTypes } from '../contracts/names.ts';
import type { FaultInstance } from '../contracts/plan.ts';
import { errorMessage } from '../error-message.ts';
import { verbsOf } from '../faults/all-verbs.ts';
import { withClock } from '../faults/clock.ts';
import { forceUndo } from '../faults/force/force-undo.ts';
import { attributed } from '../faults/undone/attributed.ts';
import type { FaultContext } from '../faults/verbs.ts';
import { beginNotifying } from '../notifications/begin.ts';
import { failuresSoFar } from '../notifications/failures-so-far.ts';
import { makeReport } from '../report/report.ts';
import { type ArbiterPlace, releaseToArbiter, requestFromArbiter } from '../temporal/arbiter-client.ts';
import { readRollout } from '../triggers/read-rollout.ts';
import { watchRollouts } from '../triggers/watch-rollouts.ts';
import { countedUndo } from './counted-undo.ts';
import type { Dependencies } from './dependencies.ts';
import { faultContext } from './fault-context.ts';
import { haltRuns } from './halt-runs.ts';
import { planCampaign } from './make-plan.ts';
import { observe } from './observe.ts';
import { preflightFaults } from './preflight-faults.ts';
import { prepareFault } from './prepare-fault.ts';
import { remainsOfRun } from './remains-of-run.ts';
import { supervise } from './supervise.ts';
import { type SurveyDependencies, surveyRuns } from './survey-runs.ts';
import { sweepCluster } from './sweep-cluster.ts';
import { validateRecovery } from './validate-recovery.ts';
import { watchStopConditions } from './watch-stop-conditions.ts';

/** One activity's time; the next takes over from what is kept. */
const rolloutWatchMs = 3_600_000;

/** Temporal's thin edge: each activity by its name, under supervision. */
export function createActivities(deps: Dependencies): Activities {
  const context = (fault: FaultInstance, signal: AbortSignal) => faultContext(fault.cluster, deps, signal);
  const remains: SurveyDependencies['remains'] = (cluster, namespace, runId, signal) =>
    remainsOfRun(deps, cluster, namespace, runId, signal);
  return {
    makePlan: (input) =>
      supervise(async ({ signal }) => {
        await tellReceivers(deps, input.campaign);
        return planCampaign(input, deps, signal);
      }),
    preflightFaults: (input) => supervise(({ signal }) => preflightFaults(input, deps, signal)),
    requestHold: ({ runId, plan }) =>
      supervise(({ signal }) => {
        const { cluster } = plan.campaign.target;
        return requestFromArbiter(arbiterPlace(cluster), holdRequest(runId, plan, deps.policy(cluster)), signal);
      }),
    releaseHold: ({ runId, cluster }) => supervise(() => releaseToArbiter(arbiterPlace(cluster), runId)),
    surveyRuns: (input) => supervise(({ signal }) => surveyRuns(input, { policy: deps.policy, remains }, getClient(), signal)),
    haltRuns: (input) => supervise(({ signal }) => haltRuns(input, getClient(), signal)),
    prepareFault: (input) => supervise(({ signal }) => prepareFault(input, deps, signal)),
    injectFault: (fault) =>
      supervise(async ({ signal, attempt }) => {
        const inject = () => verbsOf(fault.fault).inject(context(fault, signal), fault);
        // Its deadline is by Temporal's clock, and so is when this was asked for.
        const injected = await withClock(activityInfo().currentAttemptScheduledTimestampMs, inject);
        deps.metrics.injected(fault);
        return { ...injected, attempt };
      }),
    verifyFault: (fault) =>
      supervise(async ({ signal }) => {
        const readBack = await verbsOf(fault.fault).verify(context(fault, signal), fault);
        deps.metrics.verified(fault, readBack);
        return readBack;
      }),
    observe: (input) => supervise((supervision) => observe(input, deps, supervision)),
    revertFault: (fault) => countedUndo(deps.metrics, fault, () => supervise(({ signal }) => revertFault(context(fault, signal), fault))),
    forceUndo: (fault) => countedUndo(deps.metrics, fault, () => supervise(({ signal }) => forceUndo(context(fault, signal), fault))),
    watchStopConditions: (input) => supervise((supervision) => watchStopConditions(input, deps, supervision)),
    confirmFault: (fault) =>
      countedUndo(deps.metrics, fault, () => supervise(({ signal }) => verbsOf(fault.fault).confirm(context(fault, signal), fault))),
    sweepCluster: (cluster) => supervise(({ signal }) => sweepCluster(cluster, deps, signal)),
    readRollout: (workload) => supervise(({ signal }) => readRollout(deps.cluster(workload.cluster), workload, signal)),
    watchRollouts: () =>
      supervise(({ signal }) => {
        const { rolloutMetrics: metrics, rolloutIntervalMs: intervalMs, cluster } = deps;
        const watch = {
          client: getClient(),
          cluster,
          metrics,
          log: (text: string, fields: object) => log.info(text, { ...fields }),
          intervalMs,
          signal,
        };
        return watchRollouts(watch, Date.now() + rolloutWatchMs);
      }),
    validateRecovery: (input) => supervise(({ signal }) => validateRecovery(input, deps, signal)),
    finishRun: (input) =>
      supervise(async () => {
        const report = makeReport(input);
        deps.metrics.finished(report);
        if (deps.receivers.length === 0) return report;
        return { ...report, warnings: [...report.warnings, ...(await failuresSoFar(getClient(), input.runId))] };
      }),
  };
}

/** The first thing a run has done. That it cannot be told of is no reason not to do it. */
async function tellReceivers({ receivers }: Dependencies, campaign: Campaign): Promise<void> {
  const { workflowType, workflowExecution } = activityInfo();
  if (receivers.length === 0 || workflowType !== workflowTypes.campaign || workflowExecution === undefined) return;
  try {
    await beginNotifying(getClient(), receivers, workflowExecution.workflowId, campaign);
  } catch (error) {
    log.warn('receivers are not told of this run', { run: workflowExecution.workflowId, error: errorMessage(error) });
  }
}

async function revertFault(context: FaultContext, fault: FaultInstance): Promise<Reverted> {
  return attributed(context, fault, await verbsOf(fault.fault).revert(context, fault));
}

/** The arbiter runs where the run that asks it does. */
function arbiterPlace(cluster: string): ArbiterPlace {
  return { client: getClient(), cluster, taskQueue: activityInfo().taskQueue };
}
