import {
  ApplicationFailure,
  allHandlersFinished,
  CancellationScope,
  CancelledFailure,
  condition,
  isCancellation,
  makeContinueAsNewFunc,
  patched,
  setCurrentDetails,
  setWorkflowOptions,
  sleep,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { Ready } from '../contracts/activities.ts';
import type { ExperimentEvidence, HistorySize, Validation } from '../contracts/evidence.ts';
import { failureTypes, searchAttributes } from '../contracts/names.ts';
import type { Plan } from '../contracts/plan.ts';
import { planParts } from '../contracts/plan-parts.ts';
import { recordWithinRun } from '../contracts/record-within-run.ts';
import type { Report } from '../contracts/report.ts';
import type { RoundTally } from '../contracts/round-tally.ts';
import type { Phase, RunInput, RunProgress } from '../contracts/run.ts';
import type { Verdict } from '../contracts/verdict.ts';
import { refusalSentence } from '../report/refusal-sentence.ts';
import { addRound } from '../report/round-tally.ts';
import { finishing, reading } from './activity-options.ts';
import { askedBy } from './asked-by.ts';
import { baselineProblem, firstBaseline, isSeenFromOneSite } from './baseline.ts';
import { CampaignControl } from './campaign-control.ts';
import { ExperimentRunner } from './experiment-runner.ts';
import { failureMessage } from './failure-message.ts';
import { hasFewerSteps, isReadyWithHold } from './fewer-steps.ts';
import { acquireHolds, isFree, type ReadyThen, releaseHold } from './hold.ts';
import { makePlan } from './make-plan.ts';
import { mayGoOn, needsPerson } from './may-go-on.ts';
import { mergeValidations } from './merge-validations.ts';
import { nextExperiments, type PlannedStep, plannedSteps } from './planned-steps.ts';
import { progressDetails } from './progress-details.ts';
import { underWatch } from './stop-watch.ts';
import { at, observations, observationsAt } from './task-queues.ts';
import { pinned, withCurrentVersion } from './versioning.ts';

const gettingReady = 'Asking every fault whether it can be done here, then checking the steady-state hypothesis before any';

/** What was prepared for an experiment is handed to it when it begins within this. */
const preparedForMs = 1_000;

/**
 * A run: plan, the arbiter's grant, preflight, baseline, steps (in rounds, if the campaign repeats them), post-chaos validation, report.
 * Completes with the report when Passed; fails with type Refused, HypothesisRejected, ChaosError or Aborted
 * otherwise; ends Cancelled when cancelled. On every one of these paths the report is the result of
 * the `finishRun` activity in its history. A long one continues as new between two steps.
 */
export async function campaign(input: RunInput): Promise<Report> {
  const run = new CampaignRun(input);
  let cancelled: unknown;
  let progress: RunProgress | undefined;
  try {
    progress = await run.execute();
  } catch (error) {
    if (isCancellation(error)) cancelled = error;
    else {
      run.error = failureMessage(error);
      run.cause = error instanceof Error ? error : undefined;
    }
  }
  if (progress !== undefined) {
    await handlersFinished();
    await makeContinueAsNewFunc<typeof campaign>(withCurrentVersion())({ ...input, progress });
  }
  const report = await run.finish(cancelled !== undefined);
  await handlersFinished();
  if (report.verdict === 'Passed') return report;
  if (report.verdict === 'Aborted' && cancelled !== undefined && run.control.aborted === undefined) throw cancelled;
  const cause = run.cause === undefined ? {} : { cause: run.cause };
  throw ApplicationFailure.create({ type: failureType(report), message: report.reason, nonRetryable: true, ...cause });
}

setWorkflowOptions(pinned, campaign);

/** Whoever asked for something gets an answer. */
function handlersFinished(): Promise<void> {
  return CancellationScope.nonCancellable(() => condition(allHandlersFinished));
}

function failureType(report: Report): string {
  if (report.verdict === 'Aborted') return failureTypes.aborted;
  if (report.verdict === 'Failed') return failureTypes.hypothesisRejected;
  return report.refusals.length > 0 ? failureTypes.refused : failureTypes.chaosError;
}

class CampaignRun {
  readonly control: CampaignControl;
  /** why the run could not be done */
  error: string | undefined;
  /** what failed then; for the Web UI */
  cause: Error | undefined;
  readonly #input: RunInput;
  readonly #runId = workflowInfo().workflowId;
  readonly #seed: string;
  readonly #startedAt: number;
  readonly #runner: ExperimentRunner;
  /** of the round under way */
  readonly #evidence = new Map<string, ExperimentEvidence>();
  readonly #readyWithHold = isReadyWithHold();
  readonly #fewerSteps = this.#readyWithHold || hasFewerSteps();
  /** runs that began before there were an arbiter and stop conditions go on without */
  readonly #controlled = this.#fewerSteps || patched('control');
  /** of the executions before this one, and of experiments */
  #historyBefore: HistorySize;
  #plan: Plan | null;
  #plannedAt = 0;
  #rounds: RoundTally | null;
  #held: boolean;
  #validation: Validation | null = null;
  /** what was done together with the grant; undefined: nothing */
  #ready: Ready | undefined;
  /** what is being done, for the Web UI */
  #details = '';
  /** what keeps it from going on; null: nothing does */
  #inTheWay: string | null = null;

  constructor(input: RunInput) {
    const { progress } = input;
    this.#input = input;
    this.#seed = input.seed ?? input.campaign.seed ?? this.#runId;
    this.#startedAt = progress?.startedAt ?? Date.now();
    this.#plan = progress?.plan ?? null;
    this.#rounds = progress?.rounds ?? null;
    this.#historyBefore = progress?.history ?? { events: 0, bytes: 0 };
    this.#held = progress !== undefined;
    for (const evidence of progress?.evidence ?? []) this.#evidence.set(evidence.name, evidence);
    this.control = new CampaignControl((phase, inTheWay) => this.#show(phase, inTheWay), progress?.skips);
    this.control.onProgress = () => this.#tell();
    this.#runner = new ExperimentRunner(this.#runId, this.#seed, this.control, progress?.begun ?? 0);
  }

  /** Answers where to go on when the history has become long; undefined: the run is at its end. */
  async execute(): Promise<RunProgress | undefined> {
    const scope = new CancellationScope();
    this.control.onAbort = () => scope.cancel();
    return scope.run(async () => {
      const plan = this.#plan ?? (await this.#planAndHold());
      if (plan === undefined) return undefined;
      this.control.expect(plan.experiments.map(({ spec }) => spec.name));
      return underWatch(plan, this.control, async () => {
        if (this.#input.progress === undefined && !(await (this.#fewerSteps ? this.#makeReady(plan) : this.#baseline(plan))))
          return undefined;
        const progress = await this.#allRounds(plan);
        if (progress === undefined) await this.#validate(plan);
        return progress;
      });
    });
  }

  /** Plan and grant; in an execution of many steps the preflight, too. Undefined: refused. */
  async #planAndHold(): Promise<Plan | undefined> {
    let plan = await this.#makePlan();
    if (plan.refusals.length > 0) return this.#refuse(plan, plan.refusals);
    if (this.#controlled) {
      this.#held = true;
      const then = this.#readyThen(plan);
      if (then !== undefined) this.#enter('Baseline', `Asking the arbiter for the targets. ${gettingReady}`);
      const hold = await acquireHolds(this.#runId, plan, then, () => this.#enter('Queued', 'Waiting for its targets'));
      this.#ready = hold.ready;
      if (hold.refusals.length > 0) return this.#refuse(plan, hold.refusals);
      // The workload has lived on while the run waited for it.
      if (hold.waited) plan = await this.#makePlan();
      if (plan.refusals.length > 0) return this.#refuse(plan, plan.refusals);
    }
    if (this.#fewerSteps || !patched('preflight-faults')) return plan;
    const refusals = (await Promise.all(planParts(plan).map((part) => this.#preflightFaults(part)))).flat();
    return refusals.length > 0 ? this.#refuse(plan, refusals) : plan;
  }

  async #makePlan(): Promise<Plan> {
    const { name } = this.#input.campaign;
    this.#enter('Planning', `Planning **${name}**`);
    const plan = await makePlan({ campaign: this.#input.campaign, seed: this.#seed }, `plan and preflight of ${name}`);
    this.#plan = plan;
    this.#plannedAt = Date.now();
    return plan;
  }

  /**
   * Only where those who ask the arbiter can see to the rest, too. A stop condition is to be watched meanwhile, which is a step of
   * its own.
   */
  #readyThen(plan: Plan): ReadyThen | undefined {
    const [part, ...more] = planParts(plan);
    if (!this.#readyWithHold || part === undefined || more.length > 0 || !isSeenFromOneSite(part)) return undefined;
    if (plan.ownWorkers?.includes(part.inventory.cluster) || plan.campaign.stopConditions !== undefined) return undefined;
    return { ready: this.#readyInput(plan, part), options: { startToCloseTimeout: '3m', ...observations() } };
  }

  /** Preflight, baseline, and the preparation of what begins at once. False: it may not begin. */
  async #makeReady(plan: Plan): Promise<boolean> {
    const parts = planParts(plan);
    const ready = this.#ready === undefined ? await this.#readyParts(plan, parts) : [this.#ready];
    this.#runner.prepared = Object.assign({}, ...ready.map(({ prepared }) => prepared));
    this.#runner.preparedUntil = Date.now() + preparedForMs;
    const refusals = ready.flatMap((one) => one.refusals);
    if (refusals.length > 0) this.#refuse(plan, refusals);
    else this.error = await this.#baselineProblem(parts.map((part, i) => baselineProblem(part, ready[i]?.baseline)));
    return this.error === undefined;
  }

  #readyParts(plan: Plan, parts: Plan[]): Promise<Ready[]> {
    this.#enter('Baseline', gettingReady);
    return Promise.all(parts.map((part) => this.#readyPart(plan, part)));
  }

  async #readyPart(plan: Plan, part: Plan): Promise<Ready> {
    if (!isSeenFromOneSite(part)) return { refusals: await this.#preflightFaults(part), baseline: null, prepared: {} };
    const summary = 'can every fault be done here? baseline: the hypothesis before any';
    const options = { summary, ...observationsAt(part.inventory.cluster, part) };
    return reading.readyRun.executeWithOptions(options, [{ runId: this.#runId, plan: part, ...this.#readyInput(plan, part) }]);
  }

  #readyInput(plan: Plan, part: Plan): ReadyThen['ready'] {
    return { planAgeMs: Date.now() - this.#plannedAt, baseline: firstBaseline(part), next: nextExperiments(plan) };
  }

  #preflightFaults(part: Plan): Promise<Plan['refusals']> {
    const options = { summary: 'can every fault be done here?', ...at(part.inventory.cluster, part) };
    return reading.preflightFaults.executeWithOptions(options, [{ runId: this.#runId, plan: part }]);
  }

  #refuse(plan: Plan, refusals: Plan['refusals']): undefined {
    this.#plan = { ...plan, refusals };
    this.error = refusalSentence(refusals);
  }

  async #baseline(plan: Plan): Promise<boolean> {
    this.#enter('Baseline', 'Checking the steady-state hypothesis before any fault');
    this.error = await this.#baselineProblem(planParts(plan).map((part) => baselineProblem(part)));
    return this.error === undefined;
  }

  async #baselineProblem(parts: Promise<string | undefined>[]): Promise<string | undefined> {
    return (await Promise.all(parts)).find((problem) => problem !== undefined);
  }

  async #validate(plan: Plan): Promise<void> {
    this.#enter('Validating', 'Post-chaos validation');
    const validations = planParts(plan).map(async ({ campaign, inventory }) => ({
      cluster: inventory.cluster,
      validation: await reading.validateRecovery.executeWithOptions({ summary: 'post-chaos validation', ...at(inventory.cluster, plan) }, [
        { campaign, inventory },
      ]),
    }));
    this.#validation = mergeValidations(await Promise.all(validations));
  }

  async #allRounds(plan: Plan): Promise<RunProgress | undefined> {
    const { repeat } = plan.campaign;
    const steps = plannedSteps(plan);
    const first = this.#input.progress;
    for (let round = first?.round ?? 1; ; round++) {
      const next = first?.round === round ? first.step : 0;
      for (const [position, step] of steps.entries()) {
        if (position < next) continue;
        await this.#gate(plan);
        if (workflowInfo().continueAsNewSuggested && !(position === next && round === first?.round))
          return this.#progress(plan, round, position);
        if (!(await this.#step(plan, step))) return undefined;
      }
      const isLast =
        repeat === undefined ||
        round >= (repeat.times ?? Infinity) ||
        Date.now() - this.#startedAt + repeat.pauseMs >= (repeat.forMs ?? Infinity);
      if (isLast) return undefined;
      this.#rounds = addRound(this.#rounds, plan, [...this.#evidence.values()], Object.fromEntries(this.control.skips));
      this.#evidence.clear();
      this.control.skips.clear();
      this.control.expect(plan.experiments.map(({ spec }) => spec.name));
      await sleep(repeat.pauseMs, { summary: `until round ${round + 1}` });
    }
  }

  #progress(plan: Plan, round: number, step: number): RunProgress {
    return {
      plan,
      startedAt: this.#startedAt,
      round,
      step,
      begun: this.#runner.begun,
      evidence: [...this.#evidence.values()],
      rounds: this.#rounds,
      history: this.#history(),
      skips: Object.fromEntries(this.control.skips),
    };
  }

  /** False: the campaign may not go on. */
  async #step(plan: Plan, { step, experiments }: PlannedStep): Promise<boolean> {
    if (step.kind === 'wait') {
      await sleep(step.durationMs, { summary: 'a wait of the campaign' });
      return true;
    }
    if (step.kind === 'approval') {
      const answer = await this.control.approval(step.name, step.timeoutMs);
      if (answer?.approved ?? step.onTimeout === 'continue') return true;
      const reason = answer === undefined ? `nobody approved ${step.name} in time` : `${step.name} was not approved by ${answer.by}`;
      this.control.abort({ actor: `approval ${step.name}`, reason });
      throw new CancelledFailure(reason);
    }
    this.#enter('Running', experiments.map(({ spec, inject }) => `**${spec.name}** (${spec.fault}): ${inject}`).join('\n\n'));
    const begun = experiments.filter(({ spec }) => !this.control.skips.has(spec.name));
    for (const { spec } of experiments) if (!begun.some((one) => one.spec.name === spec.name)) this.control.end(spec.name, 'skipped');
    this.#keep(await this.#runner.together(plan, begun));
    for (;;) {
      const waiting = begun.filter((planned) => needsPerson(planned, this.#evidence.get(planned.spec.name)));
      if (waiting.length > 0) this.control.pauseFor(`${waiting.map(({ spec }) => spec.name).join(', ')} did not pass`);
      if (!(await this.#gate(plan))) break;
    }
    return begun.every((planned) => mayGoOn(planned, this.#evidence.get(planned.spec.name)));
  }

  /** Waits while the run is paused, and does what is to be done once more. True: something was. */
  async #gate(plan: Plan): Promise<boolean> {
    const name = await this.control.mayGoOn();
    const planned = plan.experiments.find(({ spec }) => spec.name === name);
    if (planned === undefined) return false;
    this.#enter('Running', `**${name}** (${planned.spec.fault}) once more: ${planned.inject}`);
    this.#keep([await this.#runner.once(plan, planned, (this.#evidence.get(planned.spec.name)?.attempt ?? 1) + 1)]);
    return true;
  }

  #keep(all: ExperimentEvidence[]): void {
    for (const evidence of all) {
      this.#evidence.set(evidence.name, recordWithinRun(evidence, this.#evidence.values()));
      this.#historyBefore = sum(this.#historyBefore, evidence.history);
    }
    const cancelled = all.find((evidence) => evidence.problem?.kind === 'cancelled');
    if (cancelled !== undefined) throw new CancelledFailure(`cancelled in experiment ${cancelled.name}`);
  }

  /** Gives back what it holds and makes the report, also of a cancelled run. */
  finish(cancelled: boolean): Promise<Report> {
    return CancellationScope.nonCancellable(async () => {
      this.control.closing = true;
      this.#enter('Reporting', 'Making the report');
      const evidence = [...this.#evidence.values()];
      const release = this.#controlled && this.#held && !this.#runner.unproven ? this.#freeClusters() : [];
      if (!this.#fewerSteps) await Promise.all(release.map((cluster) => releaseHold(this.#runId, cluster)));
      const { aborted, skips } = this.control;
      const report = await finishing.finishRun.executeWithOptions({ summary: 'make the report' }, [
        {
          runId: this.#runId,
          plan: this.#plan,
          campaign: this.#input.campaign,
          seed: this.#seed,
          evidence,
          validation: this.#validation,
          startedAt: this.#startedAt,
          endedAt: Date.now(),
          cancelled,
          history: this.#history(),
          ...(this.#input.startedBy === undefined ? {} : { startedBy: this.#input.startedBy }),
          ...(this.error === undefined ? {} : { error: this.error }),
          ...(aborted === undefined ? {} : { aborted: { actor: aborted.actor, reason: askedBy(aborted) } }),
          ...(skips.size === 0 ? {} : { skips: Object.fromEntries(skips) }),
          ...(this.#rounds === null ? {} : { rounds: this.#rounds }),
          ...(this.#fewerSteps && release.length > 0 ? { release } : {}),
        },
      ]);
      this.#conclude(report);
      return report;
    });
  }

  /** Each cluster by itself: what is not proven undone in one keeps nobody from the others. */
  #freeClusters(): string[] {
    const parts = this.#plan === null ? [] : planParts(this.#plan);
    const clusters =
      parts.length < 2
        ? [{ cluster: this.#input.campaign.target.cluster, evidence: [...this.#evidence.values()] }]
        : parts.map(({ campaign, experiments }) => ({
            cluster: campaign.target.cluster,
            evidence: experiments.flatMap(({ spec }) => this.#evidence.get(spec.name) ?? []),
          }));
    return clusters.flatMap(({ cluster, evidence }) => (isFree(evidence) ? [cluster] : []));
  }

  #history(): HistorySize {
    const { historyLength, historySize } = workflowInfo();
    return sum(this.#historyBefore, { events: historyLength, bytes: historySize });
  }

  #enter(phase: Phase, details: string): void {
    this.#details = details;
    this.control.enter(phase);
  }

  #show(phase: Phase, inTheWay: string | null): void {
    if (!this.#fewerSteps || this.#isNews(phase)) upsertSearchAttributes([{ key: searchAttributes.phase, value: phase }]);
    this.#inTheWay = inTheWay;
    this.#tell();
  }

  /** Each is a write to Temporal's lists: none for what is there already, nor for what is over in a moment. */
  #isNews(phase: Phase): boolean {
    return phase !== 'Reporting' && workflowInfo().typedSearchAttributes.get(searchAttributes.phase) !== phase;
  }

  #tell(): void {
    setCurrentDetails(progressDetails(this.#inTheWay ?? this.#details, this.control.status().experiments));
  }

  #conclude(report: Report): void {
    upsertSearchAttributes([
      { key: searchAttributes.phase, value: 'Completed' satisfies Phase },
      { key: searchAttributes.verdict, value: report.verdict satisfies Verdict },
      ...(report.score === null ? [] : [{ key: searchAttributes.score, value: report.score }]),
    ]);
    const score = report.score === null ? 'no score' : `score ${report.score} %`;
    const concluded = `**${report.verdict}**, ${score}. ${report.reason}. The report: \`squall report ${this.#runId}\``;
    setCurrentDetails(progressDetails(concluded, this.control.status().experiments));
  }
}

function sum(a: HistorySize, b: HistorySize): HistorySize {
  return { events: a.events + b.events, bytes: a.bytes + b.bytes };
}
