import { z } from 'zod';
import type { Selection } from '../../contracts/campaign.ts';
import type { ClusterEvent } from '../../contracts/cluster-record.ts';
import type { Validation } from '../../contracts/evidence.ts';
import type { EffectiveDocument, Report } from '../../contracts/report.ts';
import type { RoundTally } from '../../contracts/round-tally.ts';
import { opaque } from './opaque.ts';
import { dashboard, refusal, target, warning } from './plan.ts';
import { verdict } from './run.ts';
import { time } from './time.ts';

const tolerance = z.object({
  comparator: z.enum(['<=', '<', '>=', '>', '==', '!=', 'succeeds']),
  value: z.number().exactOptional(),
  successPercent: z.number(),
});

const probeReport = z
  .object({
    name: z.string(),
    type: z.string(),
    when: z.enum(['during', 'after', 'continuous', 'recovery']),
    unit: z.string(),
    reach: z.string(),
    tolerance: tolerance.nullable().meta({ description: 'what a sample had to satisfy; null: informational' }),
    weight: z.number(),
    place: z
      .object({ cluster: z.string().exactOptional(), namespace: z.string().exactOptional(), selector: z.string().exactOptional() })
      .exactOptional()
      .meta({ description: "where it looked, when that is another workload than its experiment's" }),
    samples: z.array(z.object({ at: z.number(), ok: z.boolean(), value: z.number().exactOptional(), error: z.string().exactOptional() })),
    successPercent: z.number().nullable(),
    p50: z.number().nullable(),
    p95: z.number().nullable(),
    max: z.number().nullable(),
    verdict: z.enum(['Passed', 'Failed', 'Informational']),
    detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  })
  .meta({ id: 'ProbeReport' });

const clusterEvent = z
  .object({
    at: time.meta({ description: 'when it happened last' }),
    firstAt: time.exactOptional(),
    cluster: z.string(),
    kind: z.string(),
    namespace: z.string(),
    name: z.string(),
    type: z.enum(['Normal', 'Warning']),
    reason: z.string(),
    message: z.string(),
    count: z.number(),
  })
  .meta({ id: 'ClusterEvent', description: 'an event of Kubernetes, or several alike counted as one' }) satisfies z.ZodType<ClusterEvent>;

const stepProof = z
  .object({ targets: z.array(z.object({ target: z.string(), detail: z.string() })), leftOut: z.number() })
  .meta({ id: 'StepProof', description: 'how a step was seen on the first few targets' });

const experimentReport = z
  .object({
    name: z.string(),
    fault: z.string(),
    cluster: z.string().exactOptional().meta({ description: "where it was done, when that is another cluster than the report's" }),
    verdict: z.enum(['Passed', 'Failed', 'Aborted', 'Error', 'Skipped']),
    reason: z.string(),
    targets: z.array(target),
    parameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string()), z.record(z.string(), z.string())])),
    durationSeconds: z.number(),
    mechanism: z.string().nullable(),
    mechanismReason: z.string().nullable(),
    injectedAt: time.nullable(),
    verifiedAt: time.nullable(),
    revertedAt: time.nullable(),
    revertedBy: z.enum(['workflow', 'carrier', 'janitor']).nullable(),
    revertLateMs: z.number().nullable(),
    outcome: z.string().nullable(),
    confirmedAt: time.nullable(),
    repeatedAt: z.array(time),
    acknowledgedBy: z.object({ actor: z.string(), reason: z.string() }).nullable(),
    attempt: z.number(),
    reestablished: z.array(z.object({ at: time, detail: z.string() })),
    lost: z.string().nullable(),
    recoverySeconds: z.number().nullable(),
    probes: z.array(probeReport),
    asked: z
      .object({ selection: opaque<Selection>('which targets'), holds: z.boolean(), inject: z.string(), undo: z.string() })
      .exactOptional()
      .meta({ description: 'what was asked for, and what was to be done and to undo it' }),
    proofs: z
      .object({
        injected: stepProof.exactOptional(),
        verified: stepProof.exactOptional(),
        undone: stepProof.exactOptional(),
        confirmed: stepProof.exactOptional(),
      })
      .exactOptional(),
    clusterEvents: z.array(clusterEvent).exactOptional(),
    clusterEventsLeftOut: z.number().exactOptional(),
  })
  .meta({ id: 'ExperimentReport' });

/** What is left of a run. */
export const report = z
  .object({
    runId: z.string(),
    campaign: z.string(),
    startedBy: z.string().exactOptional().meta({ description: 'absent: callers were not asked who they are' }),
    verdict,
    reason: z.string().meta({ description: 'why this verdict, in one sentence' }),
    score: z.number().nullable(),
    scoreTerms: z.array(z.object({ experiment: z.string(), probe: z.string(), weight: z.number(), successPercent: z.number() })),
    gate: z.object({ threshold: z.number(), passed: z.boolean() }).nullable(),
    seed: z.string(),
    startedAt: time,
    endedAt: time,
    cluster: z.string(),
    namespace: z.string(),
    workload: z.string(),
    warnings: z.array(warning),
    refusals: z.array(refusal),
    experiments: z.array(experimentReport),
    rounds: opaque<RoundTally>('the rounds before the last').nullable(),
    leaderElectionSeconds: z.number().nullable().meta({ description: 'the longest election of the run; null: none happened' }),
    validation: opaque<Validation>('what was looked at after the faults').nullable(),
    findings: z.array(
      z.object({
        rule: z.string(),
        severity: z.enum(['info', 'warning', 'critical']),
        title: z.string(),
        evidence: z.array(z.string()),
        fix: z.string().nullable(),
        patch: z
          .object({ target: z.string(), namespace: z.string(), type: z.enum(['strategic', 'merge']), body: opaque<object>('the patch') })
          .exactOptional(),
      }),
    ),
    history: z.object({ events: z.number(), bytes: z.number() }),
    document: opaque<EffectiveDocument>('the document as it was understood, every default applied').exactOptional(),
    dashboards: z.array(dashboard).exactOptional(),
  })
  .meta({ id: 'Report', description: 'What a run found, and how that is known' }) satisfies z.ZodType<Report>;
