import type { HoldAnswer, PrepareInput, Ready } from '../../contracts/activities.ts';
import type { Observation } from '../../contracts/evidence.ts';
import type { Plan } from '../../contracts/plan.ts';
import type { Report } from '../../contracts/report.ts';
import type { Elsewhere } from '../../contracts/served.ts';
import { isPlan } from '../activity-events.ts';
import { summariseSeries } from '../observation-summary.ts';

/** What an activity was given and what it answered, without samples and without what another record tells already. */
export function activityDetail(activity: string, input: unknown, result: unknown): { input?: unknown; result: unknown } {
  switch (activity) {
    case 'makePlan':
      return { result: isPlan(result as Plan | Elsewhere) ? shortPlan(result as Plan) : result };
    case 'requestHold': {
      const { ready, ...decision } = result as HoldAnswer;
      return { result: ready === undefined ? decision : { ...decision, ready: shortReady(ready) } };
    }
    case 'readyRun':
      return { result: shortReady(result as Ready) };
    case 'prepareFault': {
      const { faultId, experiment } = input as PrepareInput;
      return { input: { faultId, fault: experiment.spec.fault, parameters: experiment.spec.parameters }, result };
    }
    case 'injectFault':
    case 'verifyFault':
    case 'revertFault':
    case 'forceUndo':
    case 'confirmFault':
      // A fault with its targets and its effective parameters.
      return { input, result };
    case 'observe':
      return { result: withoutSamples(result as Observation) };
    case 'finishRun': {
      const { verdict, score, reason, gate } = result as Report;
      return { result: { verdict, score, reason, gate } };
    }
    default:
      return { result: result ?? null };
  }
}

function shortReady({ refusals, baseline, prepared }: Ready): object {
  return { refusals, baseline: baseline && withoutSamples(baseline), prepared };
}

function withoutSamples({ series, ...rest }: Observation): object {
  return { ...rest, series: series.map(summariseSeries) };
}

function shortPlan({ experiments, permissions, refusals, warnings }: Plan): object {
  return {
    experiments: experiments.map(({ spec, targets, inject, undo }) => ({
      name: spec.name,
      fault: spec.fault,
      parameters: spec.parameters,
      durationMs: spec.durationMs,
      targets,
      inject,
      undo,
    })),
    permissions,
    refusals,
    warnings,
  };
}
