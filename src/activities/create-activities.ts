import type { Activities } from '../contracts/activities.ts';
import type { Reverted } from '../contracts/evidence.ts';
import type { FaultInstance } from '../contracts/plan.ts';
import { verbsOf } from '../faults/all-verbs.ts';
import { attributed } from '../faults/undone/attributed.ts';
import type { FaultContext } from '../faults/verbs.ts';
import { makeReport } from '../report/report.ts';
import type { Dependencies } from './dependencies.ts';
import { faultContext } from './fault-context.ts';
import { planCampaign } from './make-plan.ts';
import { observe } from './observe.ts';
import { preflightFaults } from './preflight-faults.ts';
import { prepareFault } from './prepare-fault.ts';
import { supervise } from './supervise.ts';
import { sweepCluster } from './sweep-cluster.ts';
import { validateRecovery } from './validate-recovery.ts';
import { watchStopConditions } from './watch-stop-conditions.ts';

/** Temporal's thin edge: each activity by its name, under supervision. */
export function createActivities(deps: Dependencies): Activities {
  const context = (fault: FaultInstance, signal: AbortSignal) => faultContext(fault.cluster, deps, signal);
  return {
    makePlan: (input) => supervise(({ signal }) => planCampaign(input, deps, signal)),
    preflightFaults: (input) => supervise(({ signal }) => preflightFaults(input, deps, signal)),
    requestHold: () => Promise.reject(new Error('not built yet')),
    releaseHold: () => Promise.reject(new Error('not built yet')),
    prepareFault: (input) => supervise(({ signal }) => prepareFault(input, deps, signal)),
    injectFault: (fault) => supervise(({ signal }) => verbsOf(fault.fault).inject(context(fault, signal), fault)),
    verifyFault: (fault) => supervise(({ signal }) => verbsOf(fault.fault).verify(context(fault, signal), fault)),
    observe: (input) => supervise((supervision) => observe(input, deps, supervision)),
    revertFault: (fault) => counted(deps, fault, () => supervise(({ signal }) => revertFault(context(fault, signal), fault))),
    forceUndo: () => Promise.reject(new Error('not built yet')),
    watchStopConditions: (input) => supervise((supervision) => watchStopConditions(input, deps, supervision)),
    confirmFault: (fault) =>
      counted(deps, fault, () => supervise(({ signal }) => verbsOf(fault.fault).confirm(context(fault, signal), fault))),
    sweepCluster: (cluster) => supervise(({ signal }) => sweepCluster(cluster, deps, signal)),
    validateRecovery: (input) => supervise(({ signal }) => validateRecovery(input, deps, signal)),
    finishRun: (input) =>
      supervise(async () => {
        const report = makeReport(input);
        deps.metrics.finished(report);
        return report;
      }),
  };
}

async function revertFault(context: FaultContext, fault: FaultInstance): Promise<Reverted> {
  return attributed(context, fault, await verbsOf(fault.fault).revert(context, fault));
}

async function counted<T>(deps: Dependencies, fault: FaultInstance, undo: () => Promise<T>): Promise<T> {
  try {
    return await undo();
  } catch (error) {
    deps.metrics.undoFailed(fault.fault);
    throw error;
  }
}
