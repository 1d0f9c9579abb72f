import { activityInfo, getClient, log } from '@temporalio/activity';
import { holdRequest } from '../campaign/hold-request.ts';
import type { Activities } from '../contracts/activities.ts';
import type { Campaign } from '../contracts/campaign.ts';
import { workflowTypes } from '../contracts/names.ts';
import { actedClusters } from '../contracts/targets.ts';
import { errorMessage } from '../error-message.ts';
import { beginNotifying } from '../notifications/begin.ts';
import { failuresSoFar } from '../notifications/failures-so-far.ts';
import { makeReport } from '../report/report.ts';
import { type ArbiterPlace, releaseToArbiter } from '../temporal/arbiter-client.ts';
import { readRollout } from '../triggers/read-rollout.ts';
import { watchRollouts } from '../triggers/watch-rollouts.ts';
import type { Dependencies } from './dependencies.ts';
import { faultVerbs } from './fault-verbs.ts';
import { foretellToArbiters } from './foretell-to-arbiters.ts';
import { haltRuns } from './halt-runs.ts';
import { draftPlan, planCampaign, readTargets } from './make-plan.ts';
import { observe } from './observe.ts';
import { preflight } from './preflight.ts';
import { preflightFaults } from './preflight-faults.ts';
import { prepareFault } from './prepare-fault.ts';
import { readyRun, tryToReadyRun } from './ready-run.ts';
import { remainsOfRun } from './remains-of-run.ts';
import { requestHold } from './request-hold.ts';
import { servedElsewhere } from './served-elsewhere.ts';
import { supervise } from './supervise.ts';
import { type SurveyDependencies, surveyRuns } from './survey-runs.ts';
import { sweepCluster } from './sweep-cluster.ts';
import { validateRecovery } from './validate-recovery.ts';
import { watchStopConditions } from './watch-stop-conditions.ts';

/** One activity's time; the next takes over from what is kept. */
const rolloutWatchMs = 3_600_000;

/** Temporal's thin edge: each activity by its name, under supervision. */
export function createActivities(deps: Dependencies): Activities {
  const isElsewhere = (cluster: string) => deps.ownWorkers?.includes(cluster) ?? false;
  const survey = (of: string): SurveyDependencies => ({
    policy: deps.policy,
    remains: isElsewhere(of) ? null : (cluster, namespace, runId, signal) => remainsOfRun(deps, cluster, namespace, runId, signal),
  });
  return {
    makePlan: (input) =>
      supervise(async ({ signal }) => {
        await tellReceivers(deps, input.campaign);
        const { ownWorkers } = input;
        if (ownWorkers !== undefined) return { ...(await planCampaign(input, deps, signal)), ownWorkers };
        const [plan] = await Promise.all([
          servedElsewhere(input.campaign, deps) ?? planCampaign(input, deps, signal),
          // Whoever wants no more than a plan asks no arbiter.
          activityInfo().workflowType === workflowTypes.campaign && foretell(input.campaign),
        ]);
        return plan;
      }),
    readTargets: (input) => supervise(({ signal }) => readTargets(input, deps, signal)),
    draftPlan: (input) => supervise(async () => draftPlan(input, deps)),
    preflightPlan: ({ plan, clusters }) =>
      supervise(({ signal }) => preflight(plan, deps, signal, (cluster) => clusters.includes(cluster))),
    preflightFaults: (input) => supervise(({ signal }) => preflightFaults(input, deps, signal)),
    readyRun: (input) => supervise((supervision) => readyRun(input, deps, supervision)),
    requestHold: ({ runId, plan, ready, taskQueue }) =>
      supervise(async (supervision) => {
        const { cluster } = plan.campaign.target;
        const request = holdRequest(runId, plan, deps.policy(cluster));
        const decision = await requestHold(arbiterPlace(cluster, taskQueue), request, supervision.attempt, supervision.signal);
        if (ready === undefined || decision.outcome !== 'granted') return decision;
        return { ...decision, ...(await tryToReadyRun({ runId, plan, ...ready }, deps, supervision)) };
      }),
    releaseHold: ({ runId, cluster }) => supervise(() => releaseToArbiter(arbiterPlace(cluster), runId)),
    surveyRuns: (input) => supervise(({ signal }) => surveyRuns(input, survey(input.cluster), getClient(), signal)),
    haltRuns: (input) => supervise(({ signal }) => haltRuns(input, getClient(), signal)),
    prepareFault: (input) => supervise(({ signal }) => prepareFault(input, deps, signal)),
    ...faultVerbs(deps),
    observe: (input) => supervise((supervision) => observe(input, deps, supervision)),
    watchStopConditions: (input) => supervise((supervision) => watchStopConditions(input, deps, supervision)),
    sweepCluster: (cluster) => supervise(({ signal }) => sweepCluster(cluster, deps, signal)),
    remainsOfRun: ({ cluster, namespace, runId }) => supervise(({ signal }) => remainsOfRun(deps, cluster, namespace, runId, signal)),
    readRollout: (workload) =>
      supervise(async ({ signal }) => {
        const { cluster } = workload;
        if (isElsewhere(cluster)) return { elsewhere: { clusters: [cluster], ownWorkers: [cluster] } };
        return readRollout(deps.cluster(cluster), workload, signal);
      }),
    watchRollouts: (of) =>
      supervise(({ signal }) => {
        const { rolloutMetrics: metrics, rolloutIntervalMs: intervalMs, cluster } = deps;
        const watch = {
          client: getClient(),
          cluster,
          isHere: (name: string) => (of === undefined ? !isElsewhere(name) : name === of),
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
        await Promise.all((input.release ?? []).map((cluster) => giveBack(arbiterPlace(cluster), input.runId)));
        const report = makeReport(input);
        deps.metrics.finished(report);
        if (deps.receivers.length === 0) return report;
        return { ...report, warnings: [...report.warnings, ...(await failuresSoFar(getClient(), input.runId))] };
      }),
  };
}

function foretell(campaign: Campaign): Promise<void> {
  return foretellToArbiters(actedClusters(campaign).map((cluster) => arbiterPlace(cluster)));
}

/** What the arbiter does not come to know of, its audit finds. */
async function giveBack(place: ArbiterPlace, runId: string): Promise<void> {
  try {
    await releaseToArbiter(place, runId);
  } catch (error) {
    log.warn('the arbiter could not be told that the targets are free', { cluster: place.cluster, error: errorMessage(error) });
  }
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

/** The arbiter runs where the run that asks it does. */
function arbiterPlace(cluster: string, taskQueue = activityInfo().taskQueue): ArbiterPlace {
  return { client: getClient(), cluster, taskQueue };
}
