import type { FinishInput } from '../../../src/contracts/activities.ts';
import type { Campaign, ExperimentSpec, ProbeSpec } from '../../../src/contracts/campaign.ts';
import type { ExperimentEvidence, Observation, ProbeSeries, Sample, Validation } from '../../../src/contracts/evidence.ts';
import type { Plan, PlannedExperiment, PodTarget } from '../../../src/contracts/plan.ts';

/** The instant the examples' first fault takes effect. */
export const t0 = Date.UTC(2026, 0, 2, 12, 0, 0);

export const target: PodTarget = {
  kind: 'pod',
  namespace: 'default',
  pod: 'redis-leader-0',
  uid: 'uid-0',
  ip: '10.1.0.4',
  node: 'node-a',
  zone: 'zone-a',
  container: 'redis',
  role: 'redis-primary',
};

export function probe(changes: Partial<ProbeSpec> = {}): ProbeSpec {
  return {
    name: 'write-latency',
    type: 'redis-write-latency',
    parameters: {},
    when: 'continuous',
    tolerance: { comparator: '<=', value: 1000, successPercent: 95 },
    weight: 4,
    intervalMs: 1000,
    timeoutMs: 2000,
    ...changes,
  };
}

/** A probe without a tolerance. */
export function informational(name: string): ProbeSpec {
  const { tolerance: _, ...spec } = probe({ name });
  return spec;
}

/** One sample a second from t0: its value, and whether it satisfied. */
export function samples(...values: [value: number, ok: boolean][]): Sample[] {
  return values.map(([value, ok], index) => ({ at: t0 + index * 1000, ok, value }));
}

export function series(changes: Partial<ProbeSeries> = {}): ProbeSeries {
  return {
    name: 'write-latency',
    type: 'redis-write-latency',
    unit: 'ms',
    reach: 'direct',
    samples: samples([2, true], [4, true]),
    detail: {},
    ...changes,
  };
}

export function observation(changes: Partial<Observation> = {}): Observation {
  return {
    from: t0,
    to: t0 + 30_000,
    series: [series()],
    recoveredAt: null,
    notRecovered: null,
    readBacks: { count: 0, missed: [] },
    reestablished: [],
    faultLost: null,
    ...changes,
  };
}

/** A 30 s latency fault, undone 120 ms late, with steady state back 2 s after that. */
export function evidence(changes: Partial<ExperimentEvidence> = {}): ExperimentEvidence {
  const endsAt = t0 + 30_000;
  return {
    name: 'latency',
    fault: 'pod-network-latency',
    faultId: 'run-1-latency',
    prepared: {
      targets: [target],
      mechanism: 'nfqueue',
      mechanismReason: 'the kernel has no sch_netem',
      primaryRunId: 'aaaa',
      primaryPod: 'redis-leader-0',
      warnings: [],
    },
    startedAt: t0 - 2000,
    endedAt: endsAt + 5000,
    injected: { injectedAt: t0, perTarget: [{ target: 'redis-leader-0', at: t0, detail: 'rule in place' }] },
    verified: { ok: true, at: t0 + 200, perTarget: [{ target: 'redis-leader-0', ok: true, detail: 'rule there' }] },
    repetitions: [],
    endsAt,
    deadline: endsAt + 5000,
    observations: [observation(), observation({ from: endsAt, to: endsAt + 2120, series: [], recoveredAt: endsAt + 2120 })],
    reverted: {
      revertedAt: endsAt + 120,
      revertedBy: 'workflow',
      perTarget: [{ target: 'redis-leader-0', by: 'workflow', at: endsAt + 120, detail: 'rule removed' }],
    },
    confirmed: { ok: true, at: endsAt + 300, perTarget: [{ target: 'redis-leader-0', ok: true, detail: 'no rule' }] },
    problem: null,
    history: { events: 40, bytes: 9000 },
    ...changes,
  };
}

export function spec(changes: Partial<ExperimentSpec> = {}): ExperimentSpec {
  return {
    name: 'latency',
    fault: 'pod-network-latency',
    selection: { role: 'redis-primary' },
    parameters: { latencyMs: 500, jitterMs: 0 },
    durationMs: 30_000,
    recoveryTimeoutMs: 120_000,
    onFailure: 'continue',
    onRestart: 'reestablish',
    ...changes,
  };
}

export function planned(changes: Partial<PlannedExperiment> = {}): PlannedExperiment {
  return {
    spec: spec(),
    hypothesis: [probe()],
    targets: [target],
    holds: true,
    inject: 'delays packets by 500 ms',
    undo: 'removes the delay',
    ...changes,
  };
}

export function campaign(changes: Partial<Campaign> = {}): Campaign {
  return {
    name: 'redis-resilience-test',
    dialect: 'litmus',
    target: { cluster: 'default', namespace: 'default', kind: 'StatefulSet', selector: 'app=redis' },
    policy: { optIn: 'none', protectedPods: [] },
    hypothesis: [],
    steps: [],
    warnings: [],
    ...changes,
  };
}

export function plan(changes: Partial<Plan> = {}): Plan {
  return {
    campaign: campaign(),
    seed: 'seed-1',
    inventory: {
      cluster: 'default',
      namespace: 'default',
      workload: { kind: 'StatefulSet', name: 'redis-leader', uid: 'uid-set', replicas: 3, terminationGracePeriodSeconds: 30 },
      selector: 'app=redis',
      pods: [],
      nodes: [],
      application: {
        kind: 'redis',
        port: 6379,
        instances: [],
        sentinel: { master: 'redis-leader', port: 26379, quorum: 2, downAfterMs: 5000, endpoints: [] },
      },
    },
    experiments: [planned()],
    permissions: [],
    warnings: [],
    refusals: [],
    ...changes,
  };
}

export function validation(changes: Partial<Validation> = {}): Validation {
  return { at: t0 + 40_000, ok: true, checks: [{ name: 'one primary', ok: true, detail: 'redis-leader-0' }], redis: [], ...changes };
}

export function input(changes: Partial<FinishInput> = {}): FinishInput {
  return {
    runId: 'run-1',
    plan: plan(),
    campaign: campaign(),
    seed: 'seed-1',
    evidence: [evidence()],
    validation: validation(),
    startedAt: t0 - 10_000,
    endedAt: t0 + 50_000,
    cancelled: false,
    history: { events: 120, bytes: 42_300 },
    ...changes,
  };
}
