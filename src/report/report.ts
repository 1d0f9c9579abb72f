import type { FinishInput } from '../contracts/activities.ts';
import type { Campaign, Warning } from '../contracts/campaign.ts';
import type { Inventory } from '../contracts/plan.ts';
import type { ExperimentReport, Report } from '../contracts/report.ts';
import type { Verdict } from '../contracts/verdict.ts';
import { analyse } from './analysis/analyse.ts';
import { boundReport } from './bound-report.ts';
import { judgeCampaign } from './campaign-verdict.ts';
import { effectiveDocument } from './effective-document.ts';
import { makeExperimentReport, makeSkippedReport } from './experiment-report.ts';
import { makeScore } from './score.ts';

/** What a run leaves behind. */
export type ReportInput = FinishInput;

/** report.json of a run, from its evidence alone: the same input gives the same report. */
export function makeReport(input: ReportInput): Report {
  const { plan, campaign } = input;
  const experiments = reportExperiments(input);
  const { verdict, reason } = judgeCampaign(input, experiments);
  const { score, terms } = makeScore(experiments, verdict, input.rounds);
  return boundReport({
    runId: input.runId,
    campaign: campaign.name,
    ...(input.startedBy !== undefined && { startedBy: input.startedBy }),
    verdict,
    reason,
    score,
    scoreTerms: terms,
    gate: makeGate(campaign.gate, verdict, score),
    seed: input.seed,
    startedAt: new Date(input.startedAt).toISOString(),
    endedAt: new Date(input.endedAt).toISOString(),
    cluster: campaign.target.cluster,
    namespace: campaign.target.namespace,
    workload: nameWorkload(campaign, plan?.inventory),
    warnings: mergeWarnings(input),
    refusals: plan?.refusals ?? [],
    experiments,
    rounds: input.rounds ?? null,
    leaderElectionSeconds: longestElection(experiments),
    validation: input.validation,
    findings: analyse(input, experiments),
    history: input.history,
    document: effectiveDocument(campaign, plan),
    ...(plan?.dashboards !== undefined && { dashboards: plan.dashboards }),
  });
}

/** In the plan's order; one without evidence was never started. */
function reportExperiments(input: ReportInput): ExperimentReport[] {
  const reports: ExperimentReport[] = [];
  for (const planned of input.plan?.experiments ?? []) {
    const evidence = input.evidence.find((one) => one.name === planned.spec.name);
    const report = evidence
      ? makeExperimentReport(evidence, planned)
      : makeSkippedReport(planned, whySkipped(input, reports, planned.spec.name));
    const { cluster } = planned;
    reports.push(cluster === undefined || cluster === input.campaign.target.cluster ? report : { ...report, cluster });
  }
  return reports;
}

function whySkipped(input: ReportInput, earlier: readonly ExperimentReport[], name: string): string {
  const skip = input.skips?.[name];
  if (skip !== undefined) return skip;
  if (input.aborted !== undefined) return `the run was aborted before it started: ${input.aborted.reason}`;
  if (input.cancelled) return 'the run was cancelled before it started';
  const stopper = earlier.findLast((one) => one.verdict !== 'Passed' && one.verdict !== 'Skipped');
  if (stopper !== undefined) return `not started: ${stopper.name} ended with verdict ${stopper.verdict} and stopped the campaign`;
  return 'the run ended before it started';
}

/**
 * A gate lets a deploy pass only when the run Passed with a score that reaches the threshold: a score
 * alone says nothing of a workload that did not come back.
 */
function makeGate(threshold: number | undefined, verdict: Verdict, score: number | null): Report['gate'] {
  if (threshold === undefined) return null;
  return { threshold, passed: verdict === 'Passed' && score !== null && score >= threshold };
}

/** `StatefulSet/redis-leader`, or as much as is known. */
function nameWorkload(campaign: Campaign, inventory: Inventory | undefined): string {
  if (inventory?.workload) return `${inventory.workload.kind}/${inventory.workload.name}`;
  const { kind, name, selector } = campaign.target;
  return [kind, name ?? selector].filter((part) => part !== undefined).join('/');
}

function mergeWarnings({ campaign, plan, evidence }: ReportInput): Warning[] {
  const all = [...campaign.warnings, ...(plan?.warnings ?? []), ...evidence.flatMap((one) => one.prepared?.warnings ?? [])];
  const known = new Map<string, Warning>();
  for (const warning of all) {
    const key = JSON.stringify([warning.code, warning.path, warning.message]);
    if (!known.has(key)) known.set(key, warning);
  }
  return [...known.values()];
}

function longestElection(experiments: readonly ExperimentReport[]): number | null {
  const elections = experiments.flatMap((one) => one.probes).filter((probe) => probe.type === 'redis-leader-election');
  return elections.reduce<number | null>((longest, { max }) => (max !== null && (longest === null || max > longest) ? max : longest), null);
}
