import { CancellationScope, isCancellation, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import type { ProbeSpec } from '../contracts/campaign.ts';
import type { ExperimentEvidence, Observation, Prepared } from '../contracts/evidence.ts';
import type { FaultInstance } from '../contracts/plan.ts';
import type { ExperimentInput } from '../contracts/run.ts';
import { acting, observing, reading } from './activity-options.ts';
import { failureMessage, isRefusal } from './failure-message.ts';
import { faultId } from './fault-id.ts';
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
    endsAt: 0,
    deadline: 0,
    observations: [],
    reverted: null,
    confirmed: null,
    problem: null,
    history: { events: 0, bytes: 0 },
  };
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
    const prepared = await this.#prepare();
    const fault = this.#fault(prepared);
    try {
      await this.#injectAndVerify(fault);
      await this.#hold(fault);
    } finally {
      await this.#undo(fault);
    }
    if (this.#input.experiment.holds) await this.#recover(fault);
  }

  async #prepare(): Promise<Prepared> {
    const { runId, campaign, seed, experiment: planned } = this.#input;
    const faultName = planned.spec.fault;
    const prepared = await reading.prepareFault.executeWithOptions({ summary: `prepare ${faultName}` }, [
      { runId, faultId: this.#evidence.faultId, campaign, seed, experiment: planned },
    ]);
    this.#evidence.prepared = prepared;
    return prepared;
  }

  #fault(prepared: Prepared): FaultInstance {
    const { spec, holds } = this.#input.experiment;
    const endsAt = Date.now() + spec.durationMs;
    this.#evidence.endsAt = holds ? endsAt : 0;
    this.#evidence.deadline = holds ? endsAt + deadlineSlackMs : 0;
    return {
      id: this.#evidence.faultId,
      runId: this.#input.runId,
      experiment: spec.name,
      fault: spec.fault,
      cluster: this.#input.campaign.target.cluster,
      targets: prepared.targets,
      parameters: spec.parameters,
      mechanism: prepared.mechanism,
      endsAt: this.#evidence.endsAt,
      deadline: this.#evidence.deadline,
    };
  }

  /** Not to be interrupted half-way: a cancellation takes effect right after, with a fault known to be there or not. */
  #injectAndVerify(fault: FaultInstance): Promise<void> {
    const pods = fault.targets.map((target) => target.pod).join(', ');
    setCurrentDetails(`Injecting **${fault.fault}** on ${pods} by ${fault.mechanism}`);
    return CancellationScope.nonCancellable(async () => {
      const injected = await acting.injectFault.executeWithOptions({ summary: `inject ${fault.fault} on ${pods}` }, [fault]);
      this.#evidence.injected = injected;
      const verified = await acting.verifyFault.executeWithOptions({ summary: `read back ${fault.fault}` }, [fault]);
      this.#evidence.verified = verified;
      if (!verified.ok) {
        const missing = verified.perTarget.filter((entry) => !entry.ok).map((entry) => `${entry.pod}: ${entry.detail}`);
        throw new Error(`the fault did not take hold: ${missing.join('; ')}`);
      }
    });
  }

  /** Observes while the fault holds; for one without duration, until its window has passed and steady state is back. */
  async #hold(fault: FaultInstance): Promise<void> {
    const { spec, holds } = this.#input.experiment;
    const injectedAt = this.#evidence.injected?.injectedAt ?? Date.now();
    // Counted from when it took effect, as far as the carrier's deadline leaves room.
    const end = holds ? Math.min(injectedAt + spec.durationMs, fault.deadline - carrierLeadMs) : injectedAt + spec.durationMs;
    if (holds) this.#evidence.endsAt = end;
    setCurrentDetails(
      `**${fault.fault}** is in effect on ${fault.targets.map((target) => target.pod).join(', ')} until ${new Date(end).toISOString()}`,
    );
    const probes = holds ? this.#probes('during', 'continuous', 'recovery') : this.#input.experiment.hypothesis;
    for (;;) {
      const until = Math.min(end, Date.now() + windowMs);
      const last = until === end;
      const recovery = last && !holds ? { timeoutAt: injectedAt + spec.recoveryTimeoutMs } : null;
      await this.#observe(until, probes, recovery, holds ? fault : null);
      if (last) return;
    }
  }

  async #recover(fault: FaultInstance): Promise<void> {
    setCurrentDetails(`**${fault.fault}** is undone; awaiting steady state`);
    const timeoutAt = Date.now() + this.#input.experiment.spec.recoveryTimeoutMs;
    await this.#observe(Date.now(), this.#probes('continuous', 'after'), { timeoutAt }, null);
  }

  #probes(...when: ProbeSpec['when'][]): ProbeSpec[] {
    return this.#input.experiment.hypothesis.filter((probe) => when.includes(probe.when));
  }

  async #observe(until: number, probes: ProbeSpec[], recovery: { timeoutAt: number } | null, fault: FaultInstance | null): Promise<void> {
    const { prepared, injected } = this.#evidence;
    const election =
      prepared?.primaryRunId && prepared.primaryPod && injected
        ? { since: injected.injectedAt, primaryRunId: prepared.primaryRunId, primaryPod: prepared.primaryPod }
        : null;
    const { campaign, inventory } = this.#input;
    const summary = recovery ? 'observe until steady state is back' : 'observe while the fault holds';
    const observation = observing.observe.executeWithOptions({ summary }, [
      { campaign, inventory, probes, until, recovery, fault, election },
    ]);
    this.#interrupted = observation;
    // The undo must not wait for the observation's end, and its samples must not be lost.
    observation.catch(() => undefined);
    this.#evidence.observations.push(await Promise.race([observation, CancellationScope.current().cancelRequested]));
    this.#interrupted = undefined;
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
