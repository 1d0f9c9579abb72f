import type { ExperimentEvidence } from '../contracts/evidence.ts';
import type { PlannedExperiment } from '../contracts/plan.ts';
import type { ExperimentReport } from '../contracts/report.ts';
import { foundBegunAnew } from './begun-anew.ts';
import { judgeExperiment } from './experiment-verdict.ts';
import { makeProbeReport } from './probe-report.ts';
import { makeRecovery } from './recovery.ts';
import { makeProofs } from './step-proofs.ts';

/** The report of an experiment that was started. Its probes are those of its hypothesis, in its order. */
export function makeExperimentReport(evidence: ExperimentEvidence, planned: PlannedExperiment): ExperimentReport {
  const probes = planned.hypothesis.map((spec) => makeProbeReport(spec, evidence.observations));
  const recovery = makeRecovery(evidence);
  const { injected, verified, reverted, confirmed } = evidence;
  const anew = foundBegunAnew(evidence);
  return {
    ...describe(planned),
    ...judgeExperiment(evidence, planned.spec, probes, recovery),
    targets: evidence.prepared?.targets ?? planned.targets,
    mechanism: evidence.prepared?.mechanism ?? null,
    mechanismReason: evidence.prepared?.mechanismReason ?? null,
    injectedAt: injected && iso(injected.injectedAt),
    verifiedAt: verified?.ok ? iso(verified.at) : null,
    revertedAt: reverted && iso(reverted.revertedAt),
    revertedBy: reverted?.revertedBy ?? null,
    revertLateMs: reverted && evidence.endsAt !== 0 ? reverted.revertedAt - evidence.endsAt : null,
    outcome: reverted?.outcome ?? null,
    confirmedAt: confirmed?.ok ? iso(confirmed.at) : null,
    acknowledgedBy: evidence.acknowledged ? { actor: evidence.acknowledged.actor, reason: evidence.acknowledged.reason } : null,
    attempt: evidence.attempt ?? 1,
    repeatedAt: evidence.repetitions.map(({ injectedAt }) => iso(injectedAt)),
    reestablished: [...evidence.observations.flatMap((one) => one.reestablished), ...(anew === undefined ? [] : [anew])].map(
      ({ at, detail }) => ({ at: iso(at), detail }),
    ),
    lost: evidence.observations.find((one) => one.faultLost !== null)?.faultLost ?? null,
    recoverySeconds: recovery.seconds,
    probes,
    proofs: makeProofs(evidence),
    ...clusterEvents(evidence),
  };
}

function clusterEvents({ clusterRecord }: ExperimentEvidence): Pick<ExperimentReport, 'clusterEvents' | 'clusterEventsLeftOut'> {
  if (clusterRecord === undefined) return {};
  const { events, eventsLeftOut } = clusterRecord;
  return { clusterEvents: events, ...(eventsLeftOut > 0 && { clusterEventsLeftOut: eventsLeftOut }) };
}

/** The report of a planned experiment that was never started, and why. */
export function makeSkippedReport(planned: PlannedExperiment, reason: string): ExperimentReport {
  return {
    ...describe(planned),
    verdict: 'Skipped',
    reason,
    targets: planned.targets,
    mechanism: null,
    mechanismReason: null,
    injectedAt: null,
    verifiedAt: null,
    revertedAt: null,
    revertedBy: null,
    revertLateMs: null,
    outcome: null,
    confirmedAt: null,
    acknowledgedBy: null,
    attempt: 0,
    repeatedAt: [],
    reestablished: [],
    lost: null,
    recoverySeconds: null,
    probes: [],
  };
}

function describe(planned: PlannedExperiment): Pick<ExperimentReport, 'name' | 'fault' | 'parameters' | 'durationSeconds' | 'asked'> {
  const { name, fault, parameters, durationMs, selection } = planned.spec;
  const { holds, inject, undo } = planned;
  return { name, fault, parameters, durationSeconds: durationMs / 1000, asked: { selection, holds, inject, undo } };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
