import { CancellationScope, isCancellation, setCurrentDetails, sleep, workflowInfo } from '@temporalio/workflow';
import type { ProbeSpec } from '../contracts/campaign.ts';
import type { ExperimentEvidence, Injected, Observation, Prepared } from '../contracts/evidence.ts';
import { faultId } from '../contracts/fault-id.ts';
import { type FaultInstance, targetName } from '../contracts/plan.ts';
import type { ExperimentInput } from '../contracts/run.ts';
import { acting, observing, reading } from './activity-options.ts';
import { failureMessage, isRefusal } from './failure-message.ts';
import { undo } from './undo.ts';

/** The carrier's deadline is this long after the planned end, so that the workflow is first when it lives. */
const deadlineSlackMs = 5_000;
/** The workflow's end comes at least this long before the carrier's. */
const carrierLeadMs = 2_000;
/** One observation's longest window, so that a result is in the history at least this often. */
const windowMs = 5 * 60_000;

/**
 * One experiment: prepare, inject, verify, hold and observe, revert, confirm, await recovery.
 * The undo is bound to happen before inject is asked for. Always ends with the evidence there is;
 * a problem (refused, error, cancelled) is part of it, so that nothing measured is lost.
 */
export async function experiment(input: ExperimentInput): Promise<ExperimentEvidence> {
  const evidence = blankEvidence(input);
  const run = new ExperimentRun(input, evidence);
  try {
    await run.execute();
  } catch (error) {
    const kind = isCancellation(error) ? 'cancelled' : isRefusal(error) ? 'refused' : 'error';
    evidence.problem = { kind, message: kind === 'cancelled' ? 'cancelled while it ran' : failureMessage(error) };
    await run.keepInterrupted();
  }
  evidence.endedAt = Date.now();
  evidence.history = { events: workflowInfo().historyLength, bytes: workflowInfo().historySize };
  setCurrentDetails(evidence.problem === null ? 'Done.' : `**${evidence.problem.kind}**: ${evidence.problem.message}`);
  return evidence;
}

function blankEvidence(input: ExperimentInput): ExperimentEvidence {
  const now = Date.now();
  return {
    name: input.experiment.spec.name,
    fault: input.experiment.spec.fault,
    faultId: faultId(input.runId, input.index),
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
    problem: null,
    history: { events: 0, bytes: 0 },
  };
}

/** What an election is measured from: the primary as it was when the fault was prepared, and the time it was injected. */
interface Election {
  prepared: Prepared;
  injected: Injected;
}

class ExperimentRun {
  readonly #input: ExperimentInput;
  readonly #evidence: ExperimentEvidence;
  /** the observation under way when a cancellation came: it hands over the samples it has */
  #interrupted: Promise<Observation> | undefined;

  constructor(input: ExperimentInput, evidence: ExperimentEvidence) {
    this.#input = input;
    this.#evidence = evidence;
  }

  async execute(): Promise<void> {
    const { spec } = this.#input.experiment;
    setCurrentDetails(`Preparing **${spec.fault}**: ${this.#input.experiment.inject}`);
    const prepared = await this.#prepare(this.#evidence.faultId);
    this.#evidence.prepared = prepared;
    const fault = this.#fault(prepared, this.#evidence.faultId);
    let election: Election | null = null;
    try {
      const injected = await this.#injectAndVerify(fault);
      election = { prepared, injected };
      await this.#hold(fault, election);
    } finally {
      await this.#undo(fault);
    }
    if (this.#input.experiment.holds) await this.#recover(fault, election);
  }

  #prepare(id: string): Promise<Prepared> {
    const { runId, campaign, seed, experiment: planned } = this.#input;
    const faultName = planned.spec.fault;
    return reading.prepareFault.executeWithOptions({ summary: `prepare ${faultName}` }, [
      { runId, faultId: id, campaign, seed, experiment: planned },
    ]);
  }

  #fault(prepared: Prepared, id: string): FaultInstance {
    const { spec, holds } = this.#input.experiment;
    const endsAt = Date.now() + spec.durationMs;
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
    return CancellationScope.nonCancellable(async () => {
      const injected = await acting.injectFault.executeWithOptions({ summary: `inject ${fault.fault} on ${targets}` }, [fault]);
      this.#evidence.injected ??= injected;
      const verified = await acting.verifyFault.executeWithOptions({ summary: `read back ${fault.fault}` }, [fault]);
      this.#evidence.verified = verified;
      if (!verified.ok) {
        const missing = verified.perTarget.filter((entry) => !entry.ok).map((entry) => `${entry.target}: ${entry.detail}`);
        throw new Error(`the fault did not take hold: ${missing.join('; ')}`);
      }
      return injected;
    });
  }

  /** Observes while the fault holds; for one without duration, until its window has passed and steady state is back. */
  async #hold(fault: FaultInstance, election: Election): Promise<void> {
    const { spec, holds } = this.#input.experiment;
    const { injectedAt } = election.injected;
    // Counted from when it took effect, as far as the carrier's deadline leaves room.
    const end = holds ? Math.min(injectedAt + spec.durationMs, fault.deadline - carrierLeadMs) : injectedAt + spec.durationMs;
    if (holds) this.#evidence.endsAt = end;
    setCurrentDetails(
      `**${fault.fault}** is in effect on ${fault.targets.map(targetName).join(', ')} until ${new Date(end).toISOString()}`,
    );
    const probes = holds ? this.#probes('during', 'continuous', 'recovery') : this.#input.experiment.hypothesis;
    let current = election;
    for (let turn = 2; ; turn++) {
      const repeatAt = spec.repeatEveryMs === undefined ? end : current.injected.injectedAt + spec.repeatEveryMs;
      const turnEnd = Math.min(end, repeatAt);
      const sampled = spec.repeatEveryMs === undefined ? probes : probesOfTurn(probes, current);
      const goesOn = await this.#observeUntil(turnEnd, fault, sampled, current);
      if (turnEnd === end || !goesOn || Date.now() >= end) return;
      // An observation that another worker took over may end a little early.
      if (Date.now() < turnEnd) await sleep(turnEnd - Date.now(), { summary: 'until the fault is done again' });
      current = await this.#repeat(turn);
    }
  }

  /** A fault of an instant, once more, on targets chosen anew. */
  async #repeat(turn: number): Promise<Election> {
    const id = `${this.#evidence.faultId}-${turn}`;
    const prepared = await this.#prepare(id);
    const injected = await this.#injectAndVerify(this.#fault(prepared, id));
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
      const observation = await this.#observe(until, sampled, recovery, holds ? fault : null, election);
      if (observation.faultLost !== null || observation.notRecovered !== null) return false;
      if (last) return true;
    }
  }

  async #recover(fault: FaultInstance, election: Election | null): Promise<void> {
    setCurrentDetails(`**${fault.fault}** is undone; awaiting steady state`);
    const timeoutAt = Date.now() + this.#input.experiment.spec.recoveryTimeoutMs;
    await this.#observe(Date.now(), this.#probes('continuous', 'after'), { timeoutAt }, null, election);
  }

  #probes(...when: ProbeSpec['when'][]): ProbeSpec[] {
    return this.#input.experiment.hypothesis.filter((probe) => when.includes(probe.when));
  }

  async #observe(
    until: number,
    probes: ProbeSpec[],
    recovery: { timeoutAt: number } | null,
    fault: FaultInstance | null,
    from: Election | null,
  ): Promise<Observation> {
    const election =
      from?.prepared.primaryRunId && from.prepared.primaryPod
        ? { since: from.injected.injectedAt, primaryRunId: from.prepared.primaryRunId, primaryPod: from.prepared.primaryPod }
        : null;
    const { campaign, inventory } = this.#input;
    const summary = recovery ? 'observe until steady state is back' : 'observe while the fault holds';
    const observation = observing.observe.executeWithOptions({ summary }, [
      { campaign, inventory, probes, until, recovery, fault, election },
    ]);
    this.#interrupted = observation;
    // The undo must not wait for the observation's end, and its samples must not be lost.
    observation.catch(() => undefined);
    const observed = await Promise.race([observation, CancellationScope.current().cancelRequested]);
    this.#evidence.observations.push(observed);
    this.#interrupted = undefined;
    return observed;
  }

  async #undo(fault: FaultInstance): Promise<void> {
    setCurrentDetails(`Undoing **${fault.fault}**: ${this.#input.experiment.undo}`);
    const { reverted, confirmed } = await undo(fault);
    this.#evidence.reverted = reverted;
    this.#evidence.confirmed = confirmed;
  }

  /** The samples of an observation that a cancellation interrupted. */
  async keepInterrupted(): Promise<void> {
    const interrupted = this.#interrupted;
    if (interrupted === undefined) return;
    await CancellationScope.nonCancellable(async () => {
      try {
        this.#evidence.observations.push(await interrupted);
      } catch {
        // It ended without samples to hand over; the cancellation itself is what is reported.
      }
    });
  }
}

/** Of a fault that is repeated, on targets whose roles change: there is an election only where a turn takes the primary. */
function probesOfTurn(probes: ProbeSpec[], { prepared }: Election): ProbeSpec[] {
  const takesPrimary = prepared.targets.some((target) => target.kind === 'pod' && target.role === 'redis-primary');
  return takesPrimary ? probes : probes.filter(({ when }) => when !== 'recovery');
}
