import { setTimeout as delay } from 'node:timers/promises';
import { cancelled, heartbeat } from '@temporalio/activity';
import type { Activities, ObserveInput, Ready } from '../../src/contracts/activities.ts';
import type { Campaign, ExperimentSpec } from '../../src/contracts/campaign.ts';
import type { Observation, Prepared, ProbeSeries, ReadBack } from '../../src/contracts/evidence.ts';
import type { Inventory, Plan, PodTarget } from '../../src/contracts/plan.ts';
import { actedTargets, experimentsOf, keyOf } from '../../src/contracts/targets.ts';
import { makeReport } from '../../src/report/report.ts';

// Simulated: no cluster stands behind these activities. They are for the workflows' own logic alone.

const target: PodTarget = {
  kind: 'pod',
  namespace: 'shop',
  pod: 'cart-0',
  uid: 'u-0',
  ip: '192.0.2.1',
  node: 'n-1',
  zone: 'a',
  container: 'cart',
  role: null,
};

export function experimentSpec(name: string, changes: Partial<ExperimentSpec> = {}): ExperimentSpec {
  return {
    name,
    fault: 'pod-network-latency',
    selection: {},
    parameters: { latencyMs: 500, jitterMs: 0, interface: 'eth0' },
    durationMs: 60_000,
    recoveryTimeoutMs: 60_000,
    onFailure: 'continue',
    onRestart: 'reestablish',
    ...changes,
  };
}

export function campaignOf(...experiments: ExperimentSpec[]): Campaign {
  return {
    name: 'cart',
    dialect: 'squall',
    target: { cluster: 'default', namespace: 'shop', selector: 'app=cart' },
    policy: { optIn: 'none', protectedPods: [] },
    hypothesis: [],
    steps: experiments.map((experiment) => ({ kind: 'experiment', experiment })),
    warnings: [],
  };
}

function inventoriesOf(campaign: Campaign): [string, Inventory][] {
  const { inventory, others = [] } = planOf(campaign, 'any');
  return [[keyOf(campaign.target), inventory], ...others.map((of): [string, Inventory] => [keyOf(of.target), of.inventory])];
}

export function planOf(campaign: Campaign, seed: string): Plan {
  const inventory = { namespace: 'shop', workload: null, selector: 'app=cart', pods: [], nodes: [], application: null };
  const [own, ...others] = actedTargets(campaign).map((of) => ({
    target: of,
    acts: true,
    inventory: { ...inventory, cluster: of.cluster },
    permissions: [],
  }));
  return {
    campaign,
    seed,
    inventory: own?.inventory ?? { ...inventory, cluster: 'default' },
    ...(others.length === 0 ? {} : { others }),
    experiments: experimentsOf(campaign.steps).map((spec) => ({
      spec,
      cluster: (spec.target ?? campaign.target).cluster,
      hypothesis: [
        {
          name: 'latency',
          type: 'http',
          parameters: {},
          when: 'during' as const,
          tolerance: { comparator: '<=' as const, value: 1000, successPercent: 100 },
          weight: 10,
          intervalMs: 1000,
          timeoutMs: 1000,
        },
      ],
      targets: [target],
      holds: spec.fault !== 'pod-delete',
      inject: `do ${spec.fault}`,
      undo: `undo ${spec.fault}`,
    })),
    permissions: [],
    warnings: [],
    refusals: [],
  };
}

/** An observation in which every sample has this value, and steady state came back at once. */
export function observationOf(input: ObserveInput, value: number): Observation {
  const at = Date.now();
  const series = input.probes.map(
    (probe): ProbeSeries => ({
      name: probe.name,
      type: probe.type,
      unit: 'ms',
      reach: 'simulated',
      samples: [{ at, ok: value <= (probe.tolerance?.value ?? Number.POSITIVE_INFINITY), value }],
      detail: {},
    }),
  );
  return {
    from: at,
    to: at,
    series,
    recoveredAt: input.recovery === null ? null : at,
    notRecovered: null,
    readBacks: { count: 1, missed: [] },
    reestablished: [],
    faultLost: null,
  };
}

/** Observations that take as long as they are asked to, or until they are cancelled. */
export const timedObserve: Activities['observe'] = async (input) => {
  // A cancellation comes as the answer to a heartbeat.
  const beat = setInterval(() => heartbeat(), 100);
  const over = new AbortController();
  const wait = delay(Math.max(0, input.until - Date.now()), undefined, { signal: over.signal });
  try {
    await Promise.race([wait, cancelled()]).catch(() => undefined);
    return observationOf(input, 10);
  } finally {
    clearInterval(beat);
    // Its timer would keep the process for as long as was asked for.
    over.abort();
    await wait.catch(() => undefined);
  }
};

/** Activities under which every campaign passes, each call written to `calls`; `changes` replace some. */
export function simulatedActivities(calls: string[], changes: Partial<Activities> = {}): Activities {
  const all: Activities = {
    makePlan: async ({ campaign, seed }) => planOf(campaign, seed),
    readTargets: async ({ campaign, clusters }) => ({
      inventories: inventoriesOf(campaign).filter(([, { cluster }]) => clusters.includes(cluster)),
      refusals: [],
    }),
    draftPlan: async ({ campaign, seed }) => planOf(campaign, seed),
    preflightPlan: async () => ({ refusals: [], warnings: [], dashboards: [] }),
    preflightFaults: async () => [],
    readyRun: async ({ runId, plan, baseline, next }) => {
      const { campaign, inventory, seed } = plan;
      const refusals = await steps.preflightFaults({ runId, plan });
      if (refusals.length > 0) return { refusals, baseline: null, prepared: {} };
      const until = Date.now() + baseline.windowMs;
      const recovery = { timeoutAt: Date.now() + baseline.steadyWithinMs };
      const observation = await steps.observe({
        campaign,
        inventory,
        probes: baseline.probes,
        until,
        recovery,
        fault: null,
        election: null,
      });
      const prepared: Record<string, Prepared> = {};
      for (const experiment of plan.experiments) {
        const { name } = experiment.spec;
        if (!next.includes(name)) continue;
        prepared[name] = await steps.prepareFault({ runId, faultId: 'next', campaign, seed, experiment });
      }
      return { refusals, baseline: observation, prepared };
    },
    requestHold: async ({ runId, plan, ready }) => {
      if (ready === undefined) return { outcome: 'granted' };
      return withAnswer({ outcome: 'granted' as const }, 'ready', steps.readyRun({ runId, plan, ...ready }));
    },
    releaseHold: async () => undefined,
    surveyRuns: async () => ({ holds: [], waiting: [], idle: [], over: [], unproven: [], halt: null }),
    haltRuns: async () => undefined,
    remainsOfRun: async () => [],
    readRollout: async () => ({ state: 'healthy', revision: { uid: 'u-1', revision: '1', images: ['cart:1'] } }),
    watchRollouts: async () => undefined,
    prepareFault: async () => ({
      targets: [target],
      mechanism: 'simulated',
      mechanismReason: 'a test',
      primaryRunId: null,
      primaryPod: null,
      warnings: [],
    }),
    injectFault: async () => ({ injectedAt: Date.now(), perTarget: [{ target: target.pod, at: Date.now(), detail: 'in effect' }] }),
    verifyFault: async () => ({ ok: true, at: Date.now(), perTarget: [{ target: target.pod, ok: true, detail: 'seen' }] }),
    observe: async (input) => observationOf(input, 10),
    revertFault: async () => ({
      revertedAt: Date.now(),
      revertedBy: 'workflow',
      perTarget: [{ target: target.pod, by: 'workflow', at: Date.now(), detail: 'removed' }],
    }),
    forceUndo: async () => ({
      revertedAt: Date.now(),
      revertedBy: 'workflow',
      perTarget: [{ target: target.pod, by: 'workflow', at: Date.now(), detail: 'deleted' }],
    }),
    watchStopConditions: async () => null,
    confirmFault: async () => ({ ok: true, at: Date.now(), perTarget: [{ target: target.pod, ok: true, detail: 'gone' }] }),
    validateRecovery: async () => ({ at: Date.now(), ok: true, checks: [{ name: 'pods-ready', ok: true, detail: 'holds' }], redis: [] }),
    sweepCluster: async () => Promise.reject(new Error('no cluster stands behind these activities')),
    finishRun: async (input) => makeReport(input),
    ...changes,
  };
  const recorded = Object.entries(all).map(([name, activity]: [string, (input: never) => Promise<unknown>]) => [
    name,
    (input: never) => {
      // What it consists of is recorded.
      if (name !== 'readyRun') calls.push(name);
      return activity(input);
    },
  ]);
  const steps: Activities = Object.fromEntries(recorded);
  return {
    ...steps,
    injectFault: async (fault, also) => {
      const injected = await steps.injectFault(fault);
      return also?.verify === true ? withAnswer(injected, 'verified', steps.verifyFault(fault)) : injected;
    },
    revertFault: async (fault, also) => {
      const reverted = await steps.revertFault(fault);
      return also?.confirm === true ? withAnswer(reverted, 'confirmed', steps.confirmFault(fault)) : reverted;
    },
    finishRun: givingBack(steps.releaseHold, steps.finishRun),
  };
}

/** As the real ones do: what comes to no answer beside what was done is left out. */
async function withAnswer<T>(done: T, name: 'verified' | 'confirmed' | 'ready', more: Promise<ReadBack | Ready>): Promise<T> {
  return more.then(
    (found) => ({ ...done, [name]: found }),
    () => done,
  );
}

/** A report's activity that gives back by `releaseHold` what it is to give back. */
export function givingBack(releaseHold: Activities['releaseHold'], finishRun: Activities['finishRun']): Activities['finishRun'] {
  return async ({ release = [], ...input }) => {
    for (const cluster of release) await releaseHold({ runId: input.runId, cluster });
    return finishRun(input);
  };
}
