import {
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  executeChild,
  isCancellation,
  patched,
  setCurrentDetails,
  sleep,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { ExperimentEvidence, Validation } from '../contracts/evidence.ts';
import { failureTypes, searchAttributes } from '../contracts/names.ts';
import type { Plan, PlannedExperiment } from '../contracts/plan.ts';
import type { Report, Verdict } from '../contracts/report.ts';
import { experimentWorkflowId, type Phase, type RunInput } from '../contracts/run.ts';
import { refusalSentence } from '../report/refusal-sentence.ts';
import { finishing, reading } from './activity-options.ts';
import { baselineProblem } from './baseline.ts';
import { experiment } from './experiment.ts';
import { failureMessage } from './failure-message.ts';
import { mayGoOn } from './may-go-on.ts';

/**
 * A run: plan and preflight, baseline, steps, post-chaos validation, report.
 * Completes with the report when Passed; fails with type Refused, HypothesisRejected or ChaosError
 * otherwise; ends Cancelled when cancelled. On every one of these paths the report is the result of
 * the `finishRun` activity in its history.
 */
export async function campaign(input: RunInput): Promise<Report> {
  const run = new CampaignRun(input);
  let cancelled: unknown;
  try {
    await run.execute();
  } catch (error) {
    if (isCancellation(error)) cancelled = error;
    else run.error = failureMessage(error);
  }
  const report = await run.finish(cancelled !== undefined);
  if (report.verdict === 'Passed') return report;
  if (report.verdict === 'Aborted') throw cancelled ?? new CancelledFailure(report.reason);
  throw ApplicationFailure.create({ type: failureType(report), message: report.reason, nonRetryable: true });
}

function failureType(report: Report): string {
  if (report.verdict === 'Failed') return failureTypes.hypothesisRejected;
  return report.refusals.length > 0 ? failureTypes.refused : failureTypes.chaosError;
}

class CampaignRun {
  /** why the run could not be done */
  error: string | undefined;
  readonly #input: RunInput;
  readonly #runId = workflowInfo().workflowId;
  readonly #seed: string;
  readonly #startedAt = Date.now();
  readonly #evidence: ExperimentEvidence[] = [];
  #plan: Plan | null = null;
  #validation: Validation | null = null;

  constructor(input: RunInput) {
    this.#input = input;
    this.#seed = input.seed ?? input.campaign.seed ?? this.#runId;
  }

  async execute(): Promise<void> {
    const { name } = this.#input.campaign;
    this.#enter('Planning', `Planning **${name}**`);
    const plan = await reading.makePlan.executeWithOptions({ summary: `plan and preflight of ${name}` }, [
      { campaign: this.#input.campaign, seed: this.#seed },
    ]);
    this.#plan = plan;
    if (plan.refusals.length > 0) {
      this.error = refusalSentence(plan.refusals);
      return;
    }
    if (patched('preflight-faults')) {
      const refusals = await reading.preflightFaults.executeWithOptions({ summary: 'can every fault be done here?' }, [
        { runId: this.#runId, plan },
      ]);
      if (refusals.length > 0) {
        this.#plan = { ...plan, refusals };
        this.error = refusalSentence(refusals);
        return;
      }
    }
    this.#enter('Baseline', 'Checking the steady-state hypothesis before any fault');
    this.error = await baselineProblem(plan);
    if (this.error !== undefined) return;
    await this.#steps(plan);
    this.#enter('Validating', 'Post-chaos validation');
    this.#validation = await reading.validateRecovery.executeWithOptions({ summary: 'post-chaos validation' }, [
      { campaign: plan.campaign, inventory: plan.inventory },
    ]);
  }

  async #steps(plan: Plan): Promise<void> {
    const planned = plan.experiments.map((experiment, position) => ({ experiment, index: position + 1 }));
    for (const step of plan.campaign.steps) {
      if (step.kind === 'wait') {
        await sleep(step.durationMs, { summary: 'a wait of the campaign' });
        continue;
      }
      const size = step.kind === 'parallel' ? step.experiments.length : 1;
      const together = planned.splice(0, size);
      if (together.length < size) throw new Error(`the plan has ${together.length} experiments for a step of ${size}`);
      if (!(await this.#together(plan, together))) return;
    }
  }

  /** Experiments side by side. False: the campaign may not go on. */
  async #together(plan: Plan, planned: { experiment: PlannedExperiment; index: number }[]): Promise<boolean> {
    const told = planned.map(
      ({ experiment: { spec, inject }, index }) =>
        `Experiment ${index} of ${plan.experiments.length}: **${spec.name}** (${spec.fault})\n\n${inject}`,
    );
    this.#enter('Running', told.join('\n\n'));
    const all = await Promise.all(planned.map(({ experiment, index }) => this.#experiment(plan, experiment, index)));
    this.#evidence.push(...all);
    const cancelled = all.find((evidence) => evidence.problem?.kind === 'cancelled');
    if (cancelled !== undefined) throw new CancelledFailure(`cancelled in experiment ${cancelled.name}`);
    return planned.every(({ experiment }, position) => {
      const evidence = all[position];
      return evidence !== undefined && mayGoOn(experiment, evidence);
    });
  }

  #experiment(plan: Plan, planned: PlannedExperiment, index: number): Promise<ExperimentEvidence> {
    const { name, fault } = planned.spec;
    const { target } = plan.campaign;
    return executeChild(experiment, {
      workflowId: experimentWorkflowId(this.#runId, index, name),
      args: [{ runId: this.#runId, campaign: plan.campaign, seed: this.#seed, inventory: plan.inventory, experiment: planned, index }],
      cancellationType: 'WAIT_CANCELLATION_COMPLETED',
      // Terminated campaigns must not leave an experiment running on: it is cancelled, and so undone.
      parentClosePolicy: 'REQUEST_CANCEL',
      staticSummary: `${name}: ${fault}`,
      typedSearchAttributes: [
        { key: searchAttributes.campaign, value: plan.campaign.name },
        { key: searchAttributes.cluster, value: target.cluster },
        { key: searchAttributes.namespace, value: target.namespace },
      ],
    });
  }

  /** Makes the report, also of a cancelled run. */
  finish(cancelled: boolean): Promise<Report> {
    return CancellationScope.nonCancellable(async () => {
      this.#enter('Reporting', 'Making the report');
      const info = workflowInfo();
      const history = this.#evidence.reduce(
        (sum, entry) => ({ events: sum.events + entry.history.events, bytes: sum.bytes + entry.history.bytes }),
        { events: info.historyLength, bytes: info.historySize },
      );
      const report = await finishing.finishRun.executeWithOptions({ summary: 'make the report' }, [
        {
          runId: this.#runId,
          plan: this.#plan,
          campaign: this.#input.campaign,
          seed: this.#seed,
          evidence: this.#evidence,
          validation: this.#validation,
          startedAt: this.#startedAt,
          endedAt: Date.now(),
          cancelled,
          history,
          ...(this.error === undefined ? {} : { error: this.error }),
        },
      ]);
      this.#conclude(report);
      return report;
    });
  }

  #enter(phase: Phase, details: string): void {
    upsertSearchAttributes([{ key: searchAttributes.phase, value: phase }]);
    setCurrentDetails(details);
  }

  #conclude(report: Report): void {
    upsertSearchAttributes([
      { key: searchAttributes.phase, value: 'Completed' satisfies Phase },
      { key: searchAttributes.verdict, value: report.verdict satisfies Verdict },
      ...(report.score === null ? [] : [{ key: searchAttributes.score, value: report.score }]),
    ]);
    const score = report.score === null ? 'no score' : `score ${report.score} %`;
    setCurrentDetails(`**${report.verdict}**, ${score}. ${report.reason}`);
  }
}
