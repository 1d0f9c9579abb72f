import type { ExperimentSpec } from '../contracts/campaign.ts';
import type { ExperimentEvidence, ReadBack } from '../contracts/evidence.ts';
import type { ProbeReport } from '../contracts/report.ts';
import type { Verdict } from '../contracts/verdict.ts';
import { formatDuration } from './format.ts';
import { probeFailure } from './probe-report.ts';
import type { Recovery } from './recovery.ts';

/**
 * Whether the experiment could be done comes before what it showed: a fault not proven gone is an
 * Error even when a person cancelled it, and a fault never seen in effect is no pass.
 */
export function judgeExperiment(
  evidence: ExperimentEvidence,
  spec: ExperimentSpec,
  probes: readonly ProbeReport[],
  recovery: Recovery,
): { verdict: Verdict | 'Skipped'; reason: string } {
  const notUndone = whyNotUndone(evidence);
  const { problem } = evidence;
  if (problem !== null && (problem.kind === 'refused' || problem.kind === 'error')) {
    const said = problem.kind === 'refused' ? `refused: ${problem.message}` : problem.message;
    return { verdict: 'Error', reason: notUndone === null ? said : `${said}; and ${notUndone}` };
  }
  if (notUndone !== null) return { verdict: 'Error', reason: notUndone };
  if (problem !== null) return { verdict: problem.kind === 'skipped' ? 'Skipped' : 'Aborted', reason: problem.message };
  if (!evidence.verified?.ok) return { verdict: 'Error', reason: `the fault was never seen in effect${why(evidence.verified)}` };

  const failures = [describeFailedProbes(probes), whyNotRecovered(spec, recovery)].filter((failure) => failure !== null);
  if (failures.length > 0) return { verdict: 'Failed', reason: failures.join('; ') };
  const judged = probes.filter((probe) => probe.tolerance !== null).length;
  const back = `steady state was back after ${formatDuration((recovery.seconds ?? 0) * 1000)}`;
  if (judged === 0) return { verdict: 'Passed', reason: `${back}; no probe was judged` };
  return { verdict: 'Passed', reason: `${judged === 1 ? 'the judged probe' : `all ${judged} judged probes`} passed and ${back}` };
}

/** Null when the fault is proven gone, or when it never began. */
function whyNotUndone({ injected, reverted, confirmed, acknowledged }: ExperimentEvidence): string | null {
  if (confirmed?.ok) return null;
  if (acknowledged !== undefined) {
    const { actor, reason, missing } = acknowledged;
    return `the fault was not confirmed gone: ${missing}; ${actor} has taken that on: ${reason}`;
  }
  if (injected === null && reverted === null && confirmed === null) return null;
  return `the fault was not confirmed gone${why(confirmed)}`;
}

function why(readBack: ReadBack | null): string {
  const missed = readBack?.perTarget.filter((target) => !target.ok) ?? [];
  return missed.length === 0 ? '' : `: ${missed.map((target) => `${target.target}: ${target.detail}`).join(', ')}`;
}

function whyNotRecovered(spec: ExperimentSpec, recovery: Recovery): string | null {
  const limit = formatDuration(spec.recoveryTimeoutMs);
  if (recovery.missing !== null) return `steady state did not return within ${limit}: ${recovery.missing}`;
  if (recovery.seconds === null) return 'steady state was not seen to return';
  if (recovery.seconds * 1000 <= spec.recoveryTimeoutMs) return null;
  return `steady state returned after ${formatDuration(recovery.seconds * 1000)}, later than its limit of ${limit}`;
}

/** Names the probe that went wrong first, and the one that went furthest wrong. */
function describeFailedProbes(probes: readonly ProbeReport[]): string | null {
  const failed = probes.filter((probe) => probe.verdict === 'Failed');
  const first = failed.toSorted((a, b) => firstMiss(a) - firstMiss(b))[0];
  const worst = failed.toSorted((a, b) => shortfall(b) - shortfall(a))[0];
  if (first === undefined || worst === undefined) return null;
  if (failed.length === 1) return `probe ${first.name} failed: ${probeFailure(first)}`;
  const judged = probes.filter((probe) => probe.tolerance !== null).length;
  const count = `${failed.length} of ${judged} judged probes failed`;
  if (first === worst) return `${count}, first and worst ${first.name}: ${probeFailure(first)}`;
  return `${count}, first ${first.name}: ${probeFailure(first)}; worst ${worst.name}: ${probeFailure(worst)}`;
}

function firstMiss(probe: ProbeReport): number {
  return probe.samples.find((sample) => !sample.ok)?.at ?? Number.POSITIVE_INFINITY;
}

function shortfall(probe: ProbeReport): number {
  return (probe.tolerance?.successPercent ?? 0) - (probe.successPercent ?? 0);
}
