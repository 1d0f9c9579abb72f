import type { Activities, ObserveInput } from '../contracts/activities.ts';
import type { Prepared } from '../contracts/evidence.ts';
import { type FaultInstance, type Plan, type Target, targetName } from '../contracts/plan.ts';
import type { EventTarget, RunEvent } from '../contracts/run-event.ts';
import { summariseSeries } from './observation-summary.ts';

/** An event without what every event has. */
export type BareEvent = RunEvent extends infer Event ? (Event extends RunEvent ? Omit<Event, 'runId' | 'at'> : never) : never;

/** A completed activity of a campaign's own workflow; undefined: it is not told. */
export function campaignActivityEvent(type: string, result: unknown): BareEvent | undefined {
  switch (type as keyof Activities) {
    case 'makePlan':
      return isPlan(result as Result<'makePlan'>) ? planned(result as Plan) : undefined;
    case 'validateRecovery': {
      const { ok, checks } = result as Result<'validateRecovery'>;
      return { type: 'run.validated', ok, checks };
    }
    case 'watchStopConditions': {
      const trip = result as Result<'watchStopConditions'>;
      return trip ? { type: 'run.stop-condition', condition: trip.condition, trippedAt: isoTime(trip.at), seen: trip.seen } : undefined;
    }
    default:
      return undefined;
  }
}

/** What a completed activity of an experiment's workflow tells, in order. */
export function experimentActivityEvents(experiment: string, type: string, input: unknown, result: unknown): BareEvent[] {
  switch (type as keyof Activities) {
    case 'prepareFault':
      return [preparedEvent(experiment, result as Result<'prepareFault'>)];
    case 'injectFault': {
      const { injectedAt, perTarget, verified } = result as Result<'injectFault'>;
      const { fault } = input as FaultInstance;
      return [
        { type: 'fault.injected', experiment, fault, injectedAt: isoTime(injectedAt), perTarget: perTarget.map(withIsoTime) },
        ...(verified === undefined ? [] : [{ type: 'fault.verified' as const, experiment, ...readBack(input, verified) }]),
      ];
    }
    case 'verifyFault':
      return [{ type: 'fault.verified', experiment, ...readBack(input, result) }];
    case 'observe':
      return [observed(experiment, input as ObserveInput, result as Result<'observe'>)];
    case 'forceUndo':
    case 'revertFault': {
      const { revertedAt, revertedBy, perTarget, confirmed } = result as Result<'revertFault'>;
      const { fault } = input as FaultInstance;
      return [
        {
          type: 'fault.reverted',
          experiment,
          fault,
          revertedAt: isoTime(revertedAt),
          revertedBy,
          perTarget: perTarget.map(withIsoTime),
        },
        ...(confirmed === undefined ? [] : [{ type: 'fault.confirmed' as const, experiment, ...readBack(input, confirmed) }]),
      ];
    }
    case 'confirmFault':
      return [{ type: 'fault.confirmed', experiment, ...readBack(input, result) }];
    default:
      return [];
  }
}

/** An experiment prepares itself, or is given what its campaign has prepared. */
export function preparedEvent(experiment: string, { mechanism, mechanismReason, targets, warnings }: Prepared): BareEvent {
  return { type: 'experiment.prepared', experiment, mechanism, mechanismReason, targets: targets.map(eventTarget), warnings };
}

/** Workers who do not serve its clusters answer who does. */
export function isPlan(result: Result<'makePlan'>): result is Plan {
  return !('elsewhere' in result);
}

type Result<Name extends keyof Activities> = Awaited<ReturnType<Activities[Name]>>;

function planned(plan: Plan): BareEvent {
  return {
    type: 'run.planned',
    seed: plan.seed,
    workload: plan.inventory.workload === null ? null : `${plan.inventory.workload.kind} ${plan.inventory.workload.name}`,
    experiments: plan.experiments.map(({ spec, cluster, targets, inject, undo }) => ({
      name: spec.name,
      fault: spec.fault,
      ...(cluster === undefined || cluster === plan.campaign.target.cluster ? {} : { cluster }),
      targets: targets.map(eventTarget),
      inject,
      undo,
    })),
    warnings: plan.warnings,
    refusals: plan.refusals,
  };
}

function observed(experiment: string, input: ObserveInput, result: Result<'observe'>): BareEvent {
  return {
    type: 'fault.observed',
    experiment,
    during: input.recovery === null ? 'fault' : 'recovery',
    from: isoTime(result.from),
    to: isoTime(result.to),
    series: result.series.map(summariseSeries),
    recoveredAt: result.recoveredAt === null ? null : isoTime(result.recoveredAt),
    notRecovered: result.notRecovered,
    readBacks: { count: result.readBacks.count, missed: result.readBacks.missed.length },
  };
}

function readBack(input: unknown, result: unknown) {
  const { ok, perTarget } = result as Result<'verifyFault'>;
  return { fault: (input as FaultInstance).fault, ok, perTarget };
}

function eventTarget(target: Target): EventTarget {
  const { node, zone } = target.kind === 'object' ? { node: null, zone: null } : target;
  return { target: targetName(target), node, zone, role: target.kind === 'pod' ? target.role : null };
}

function withIsoTime<T extends { at: number }>(entry: T): Omit<T, 'at'> & { at: string } {
  return { ...entry, at: isoTime(entry.at) };
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
