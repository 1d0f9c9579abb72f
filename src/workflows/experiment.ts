import {
  CancellationScope,
  CancelledFailure,
  isCancellation,
  makeContinueAsNewFunc,
  patched,
  setCurrentDetails,
  setWorkflowOptions,
  sleep,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../contracts/activities.ts';
import type { ProbeSpec } from '../contracts/campaign.ts';
import type { ExperimentEvidence, Injected, Prepared } from '../contracts/evidence.ts';
import { faultId } from '../contracts/fault-id.ts';
import { type FaultInstance, targetName } from '../contracts/plan.ts';
import type { ExperimentInput } from '../contracts/run.ts';
import { utc } from '../contracts/utc.ts';
import { acting, reading } from './activity-options.ts';
import { ExperimentControl, HaltedError, SkippedError } from './experiment-control.ts';
import { failureMessage, isGivenUp, isRefusal } from './failure-message.ts';
import { hasFewerSteps } from './fewer-steps.ts';
import { type Election, Observer } from './observer.ts';
import { at } from './task-queues.ts';
import { undo } from './undo.ts';
import { pinned, withCurrentVersion } from './versioning.ts';

/** The carrier's deadline is this long after the planned end, so that the workflow is first when it lives. */
const deadlineSlackMs = 5_000;
/** The workflow's end comes at least this long before the carrier's. */
const carrierLeadMs = 2_000;
/** One observation's longest window, so that a result is in the history at least this often. */
const windowMs = 5 * 60_000;
/** What is left of a fault after a pause is not worth injecting it for when it is shorter. */
const shortestSpellMs = 1_000;
/** What the campaign has prepared is not kept for longer: pods are replaced, roles change. */
const freshMs = 2_000;
/** How long an attempt to inject that was given up is waited for at most, when the deadline is further away: the janitor comes by later. */
const longestDoubtMs = 10_000;

/**
 * One experiment: prepare, inject, verify, hold and observe, revert, confirm, await recovery.
 * The undo is bound to happen before inject is asked for. Always ends with the evidence there is;
 * a problem (refused, error, cancelled, skipped) is part of it, so that nothing measured is lost.
 */
export async function experiment(input: ExperimentInput): Promise<ExperimentEvidence> {
  const fewerSteps = hasFewerSteps();
  const evidence = input.undoing?.evidence ?? blankEvidence(input);
  const control = new ExperimentControl(input.experiment.spec.name);
  const run = new ExperimentRun(input, evidence, control, fewerSteps ? input.prepared : undefined);
  try {
    if (input.undoing === undefined) await run.execute();
    else await run.resumeUndo(input.undoing.fault, input.undoing.attempts);
  } catch (error) {
    evidence.problem = problemOf(error, control);
    await run.observer.keepInterrupted();
  }
  await run.lookAgain();
  if (run.unsettled !== undefined) {
    await makeContinueAsNewFunc<typeof experiment>(withCurrentVersion())({ ...input, undoing: { ...run.unsettled, evidence } });
  }
  evidence.endedAt = Date.now();
  evidence.history = { events: workflowInfo().historyLength, bytes: workflowInfo().historySize };
  setCurrentDetails(endDetails(evidence));
  return evidence;
}

setWorkflowOptions(pinned, experiment);

function endDetails({ fault, problem, injected, confirmed }: ExperimentEvidence): string {
  const told = problem === null ? 'Done.' : `**${problem.kind}**: ${problem.message}`;
  if (injected === null) return `${told}\n\nNothing was injected.`;
  return `${told}\n\n${confirmed?.ok === true ? `**${fault}** is undone, and was seen to be gone.` : `**${fault}** was not seen to be gone.`}`;
}

function problemOf(error: unknown, control: ExperimentControl): ExperimentEvidence['problem'] {
  if (error instanceof SkippedError) return { kind: 'skipped', message: error.message };
  if (error instanceof HaltedError) return { kind: 'cancelled', message: error.message };
  if (isCancellation(error)) return { kind: 'cancelled', message: control.halted ?? 'cancelled while it ran' };
  return { kind: isRefusal(error) ? 'refused' : 'error', message: failureMessage(error) };
}

function blankEvidence(input: ExperimentInput): ExperimentEvidence {
  const now = Date.now();
  return {
    name: input.experiment.spec.name,
    fault: input.experiment.spec.fault,
    // Drawn anew when the run is reset: what was done before is not taken for what is done then.
    faultId: `${faultId(input.runId, input.index)}-${uuid4().slice(0, 6)}`,
    prepared: null,
    startedAt: now,
    endedAt: now,
    injected: null,
    verified: null,
    repetitions: [],
    endsAt: 0,
    deadline: 0,
    observations: [],
    reverted: null,
    confirmed: null,
    ...(input.attempt === undefined ? {} : { attempt: input.attempt }),
    problem: null,
    history: { events: 0, bytes: 0 },
  };
}

/** One time the fault was injected and undone. */
interface Spell {
  fault: FaultInstance;
  election: Election | null;
  /** a pause ended it early */
  paused: boolean;
  /** when its undo was asked for */
  endedAt: number;
}

class ExperimentRun {
  /** an undo that goes on in a new history */
  unsettled: { fault: FaultInstance; attempts: number } | undefined;
  readonly #input: ExperimentInput;
  readonly #evidence: ExperimentEvidence;
  readonly #control: ExperimentControl;
  readonly observer: Observer;
  /** the fault as it was injected last */
  #current: FaultInstance | undefined;
  /** an attempt to inject this one was given up, and may go on when its worker does */
  #doubtful: FaultInstance | undefined;
  /** what the campaign has prepared; it is good for the first time only */
  #given: Prepared | undefined;

  constructor(input: ExperimentInput, evidence: ExperimentEvidence, control: ExperimentControl, given: Prepared | undefined) {
    this.#given = given;
    this.#input = input;
    this.#evidence = evidence;
    this.#control = control;
    this.observer = new Observer(input, evidence);
  }

  /** One spell of the fault, and another whenever it was undone for a pause, or is prolonged beyond its carrier's deadline. */
  async execute(): Promise<void> {
    const { spec, holds } = this.#input.experiment;
    let leftMs = spec.durationMs;
    for (let number = 1; ; number++) {
      await this.#control.mayBegin();
      const spell = await this.#spell(number, leftMs);
      if (this.unsettled !== undefined) return;
      leftMs = (spell.paused ? Math.max(0, this.#evidence.endsAt - spell.endedAt) : 0) + this.#control.takeExtensionMs();
      if (!holds) return;
      if (leftMs < shortestSpellMs) {
        await this.#control.interruptible(() => this.#recover(spell.fault, spell.election), { pausable: false });
        return;
      }
      const { reverted, confirmed } = this.#evidence;
      const interruption = { kind: spell.paused ? ('pause' as const) : ('extension' as const), reverted, confirmed };
      this.#evidence.interruptions = [...(this.#evidence.interruptions ?? []), interruption];
    }
  }

  /** The undo that an earlier history was at. */
  async resumeUndo(fault: FaultInstance, attempts: number): Promise<void> {
    await this.#undo(fault, attempts);
  }

  async #spell(number: number, durationMs: number): Promise<Spell> {
    const { spec, holds } = this.#input.experiment;
    const id = number === 1 ? this.#evidence.faultId : `${this.#evidence.faultId}-s${number}`;
    setCurrentDetails(`Preparing **${spec.fault}**: ${this.#input.experiment.inject}`);
    const prepared = await this.#prepare(id);
    if (number === 1) this.#evidence.prepared = prepared;
    this.#throwIfEnded();
    const fault = this.#fault(prepared, id, durationMs);
    let election: Election | null = null;
    let paused = false;
    let endedAt = 0;
    try {
      const injected = await this.#injectAndVerify(fault);
      if (number > 1) this.#evidence.repetitions.push(injected);
      const from = { prepared, injected };
      election = from;
      paused = !(await this.#control.interruptible(() => this.#hold(fault, from, durationMs), { pausable: holds }));
    } finally {
      endedAt = Date.now();
      // One that is repeated is undone in the turn that injected it.
      if (this.unsettled === undefined) await this.#undo(this.#current ?? fault, 0);
    }
    await this.observer.keepInterrupted();
    return { fault, election, paused, endedAt };
  }

  /** A cancellation that the preparation did not heed is heeded before anything is touched. */
  #throwIfEnded(): void {
    this.#control.throwIfEnded();
    if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('cancelled before the fault was injected');
  }

  /**
   * When an attempt to inject was given up, its worker may have been stopped in the middle of it, and go on after the undo was
   * proven. So it is looked once more when the deadline has passed, after which no attempt begins anything.
   */
  async lookAgain(): Promise<void> {
    const fault = this.#doubtful;
    if (fault === undefined || this.unsettled !== undefined || !this.#input.experiment.holds || !patched('second-look')) return;
    await CancellationScope.nonCancellable(async () => {
      const waitMs = Math.min(fault.deadline + 1_000 - Date.now(), longestDoubtMs);
      if (waitMs > 0) await sleep(waitMs, { summary: 'until an attempt that was given up can begin nothing any more' });
      const { reverted, confirmed } = this.#evidence;
      await this.#undo(fault, 0);
      // When it ended is when it ended first, unless it had come back.
      if (this.unsettled === undefined && reverted !== null && confirmed?.ok && this.#evidence.reverted?.revertedBy === 'workflow') {
        this.#evidence.reverted = reverted;
      }
    });
  }

  async #prepare(id: string): Promise<Prepared> {
    const given = this.#given;
    this.#given = undefined;
    if (given !== undefined && Date.now() - workflowInfo().startTime.getTime() < freshMs) return given;
    const { runId, campaign, seed, experiment: planned } = this.#input;
    const faultName = planned.spec.fault;
    return reading.prepareFault.executeWithOptions({ summary: `prepare ${faultName}`, ...at(campaign.target.cluster, this.#input) }, [
      { runId, faultId: id, campaign, seed, experiment: planned },
    ]);
  }

  #fault(prepared: Prepared, id: string, durationMs: number): FaultInstance {
    const { spec, holds } = this.#input.experiment;
    const endsAt = Date.now() + durationMs;
    this.#evidence.endsAt = holds ? endsAt : 0;
    this.#evidence.deadline = holds ? endsAt + deadlineSlackMs : 0;
    return {
      id,
      runId: this.#input.runId,
      experiment: spec.name,
      fault: spec.fault,
      cluster: this.#input.campaign.target.cluster,
      namespace: this.#input.inventory.namespace,
      selector: this.#input.inventory.selector,
      targets: prepared.targets,
      parameters: spec.parameters,
      onRestart: spec.onRestart,
      mechanism: prepared.mechanism,
      endsAt: this.#evidence.endsAt,
      deadline: this.#evidence.deadline,
    };
  }

  /** Not to be interrupted half-way: a cancellation takes effect right after, with a fault known to be there or not. */
  #injectAndVerify(fault: FaultInstance): Promise<Injected> {
    const targets = fault.targets.map(targetName).join(', ');
    setCurrentDetails(`Injecting **${fault.fault}** on ${targets} by ${fault.mechanism}`);
    this.#current = fault;
    return CancellationScope.nonCancellable(async () => {
      const { verified: readBack, ...injected } = await this.#inject(fault, targets);
      this.#evidence.injected ??= injected;
      const verified =
        readBack ??
        (await acting.verifyFault.executeWithOptions({ summary: `read back ${fault.fault}`, ...at(fault.cluster, this.#input) }, [fault]));
      this.#evidence.verified = verified;
      if (!verified.ok) {
        const missing = verified.perTarget.filter((entry) => !entry.ok).map((entry) => `${entry.target}: ${entry.detail}`);
        throw new Error(`the fault did not take hold: ${missing.join('; ')}`);
      }
      return injected;
    });
  }

  async #inject(fault: FaultInstance, targets: string): ReturnType<Activities['injectFault']> {
    try {
      const injected = await acting.injectFault.executeWithOptions(
        { summary: `inject ${fault.fault} on ${targets}`, ...at(fault.cluster, this.#input) },
        [fault, { verify: true }],
      );
      if ((injected.attempt ?? 1) > 1) this.#doubtful = fault;
      return injected;
    } catch (error) {
      if (isGivenUp(error)) this.#doubtful = fault;
      throw error;
    }
  }

  /** Observes while the fault holds; for one without duration, until its window has passed and steady state is back. */
  async #hold(fault: FaultInstance, election: Election, durationMs: number): Promise<void> {
    const { spec, holds } = this.#input.experiment;
    const { injectedAt } = election.injected;
    // Counted from when it took effect, as far as the carrier's deadline leaves room.
    const end = holds ? Math.min(injectedAt + durationMs, fault.deadline - carrierLeadMs) : injectedAt + durationMs;
    if (holds) this.#evidence.endsAt = end;
    setCurrentDetails(
      `**${fault.fault}** is in effect on ${fault.targets.map(targetName).join(', ')} until ${utc(end)}; then it is undone: ${this.#input.experiment.undo}`,
    );
    const probes = holds ? this.observer.probes('during', 'continuous', 'recovery') : this.#input.experiment.hypothesis;
    let current = election;
    for (let turn = 2; ; turn++) {
      const repeatAt = spec.repeatEveryMs === undefined ? end : current.injected.injectedAt + spec.repeatEveryMs;
      const turnEnd = Math.min(end, repeatAt);
      const sampled = spec.repeatEveryMs === undefined ? probes : probesOfTurn(probes, current);
      const goesOn = await this.#observeUntil(turnEnd, fault, sampled, current);
      if (turnEnd === end || !goesOn || Date.now() >= end) return;
      // An observation that another worker took over may end a little early.
      if (Date.now() < turnEnd) await sleep(turnEnd - Date.now(), { summary: 'until the fault is done again' });
      // What a turn marked or left is not left to the next.
      if (patched('undo-each-turn')) await this.#undo(this.#current ?? fault, 0);
      if (this.unsettled !== undefined) return;
      current = await this.#repeat(turn);
    }
  }

  /** A fault of an instant, once more, on targets chosen anew. */
  async #repeat(turn: number): Promise<Election> {
    const id = `${this.#evidence.faultId}-${turn}`;
    const prepared = await this.#prepare(id);
    this.#throwIfEnded();
    const injected = await this.#injectAndVerify(this.#fault(prepared, id, this.#input.experiment.spec.durationMs));
    this.#evidence.repetitions.push(injected);
    return { prepared, injected };
  }

  /**
   * Until the end, and, after a fault of an instant, until steady state is back: a workload that is not whole is not struck
   * again. False: there is nothing to go on with, since the fault was found lost, or steady state did not return.
   */
  async #observeUntil(end: number, fault: FaultInstance, probes: ProbeSpec[], election: Election): Promise<boolean> {
    const { spec, holds } = this.#input.experiment;
    for (;;) {
      const until = Math.min(end, Date.now() + windowMs);
      const last = until === end;
      const recovery = last && !holds ? { timeoutAt: election.injected.injectedAt + spec.recoveryTimeoutMs } : null;
      // An election is measured where it is waited for.
      const sampled = last || holds ? probes : probes.filter((probe) => probe.when !== 'recovery');
      const observation = await this.observer.observe({ until, probes: sampled, recovery, fault: holds ? fault : null, election });
      if (observation.faultLost !== null || observation.notRecovered !== null) return false;
      if (last) return true;
    }
  }

  async #recover(fault: FaultInstance, election: Election | null): Promise<void> {
    setCurrentDetails(`**${fault.fault}** is undone; awaiting steady state`);
    const timeoutAt = Date.now() + this.#input.experiment.spec.recoveryTimeoutMs;
    const probes = this.observer.probes('continuous', 'after');
    await this.observer.observe({ until: Date.now(), probes, recovery: { timeoutAt }, fault: null, election });
  }

  async #undo(fault: FaultInstance, attemptsBefore: number): Promise<void> {
    setCurrentDetails(`Undoing **${fault.fault}**: ${this.#input.experiment.undo}`);
    const undone = await undo(fault, this.#control, this.#input, attemptsBefore);
    if (undone.kind === 'unsettled') {
      this.unsettled = { fault, attempts: undone.attempts };
      return;
    }
    this.#evidence.reverted = undone.reverted;
    this.#evidence.confirmed = undone.confirmed;
    if (undone.kind === 'proven') return;
    const { by, missing } = undone;
    this.#evidence.acknowledged = { actor: by.actor, reason: by.reason, missing };
  }
}

/** Of a fault that is repeated, on targets whose roles change: there is an election only where a turn takes the primary. */
function probesOfTurn(probes: ProbeSpec[], { prepared }: Election): ProbeSpec[] {
  const takesPrimary = prepared.targets.some((target) => target.kind === 'pod' && target.role === 'redis-primary');
  return takesPrimary ? probes : probes.filter(({ when }) => when !== 'recovery');
}
