import { CancellationScope } from '@temporalio/workflow';
import type { ProbeSpec } from '../contracts/campaign.ts';
import type { ExperimentEvidence, Injected, Observation, Prepared } from '../contracts/evidence.ts';
import { mergeClusterRecords } from '../contracts/merge-cluster-records.ts';
import type { FaultInstance } from '../contracts/plan.ts';
import type { ExperimentInput } from '../contracts/run.ts';
import { utc } from '../contracts/utc.ts';
import { lastBegunAt } from '../report/begun-anew.ts';
import { observeAt } from './observe-at.ts';

/** What an election is measured from: the primary as it was when the fault was prepared, and the time it was injected. */
export interface Election {
  prepared: Prepared;
  injected: Injected;
}

/** What is observed in one observation. Times are ms since the epoch. */
export interface Watched {
  until: number;
  probes: ProbeSpec[];
  /** steady state is awaited, until then at most; null: it is not */
  recovery: { timeoutAt: number } | null;
  /** read back meanwhile; null: none holds */
  fault: FaultInstance | null;
  /** null: there is none to measure */
  election: Election | null;
}

/** Observes an experiment, into its evidence. */
export class Observer {
  readonly #input: ExperimentInput;
  readonly #evidence: ExperimentEvidence;
  /** the observation under way when a cancellation came: it hands over the samples it has */
  #interrupted: Promise<Observation> | undefined;

  constructor(input: ExperimentInput, evidence: ExperimentEvidence) {
    this.#input = input;
    this.#evidence = evidence;
  }

  /** Those of the hypothesis that are sampled then. */
  probes(...when: ProbeSpec['when'][]): ProbeSpec[] {
    return this.#input.experiment.hypothesis.filter((probe) => when.includes(probe.when));
  }

  /** @throws CancelledFailure at once when the scope is cancelled: `keepInterrupted` has the samples then */
  async observe({ until, probes, recovery, fault, election: from }: Watched): Promise<Observation> {
    const election =
      from?.prepared.primaryRunId && from.prepared.primaryPod
        ? { since: from.injected.injectedAt, primaryRunId: from.prepared.primaryRunId, primaryPod: from.prepared.primaryPod }
        : null;
    const { campaign, inventory } = this.#input;
    const summary = recovery
      ? `observe until steady state is back, until ${utc(recovery.timeoutAt)} at most`
      : `observe until ${utc(until)}${fault === null ? '' : `, while ${fault.fault} holds`}`;
    const begunAt = fault === null ? undefined : lastBegunAt(this.#evidence);
    const what = { campaign, inventory, probes, until, recovery, fault, begunAt, election, recordSince: this.#recordSince() };
    const observation = observeAt(what, summary, this.#input);
    this.#interrupted = observation;
    // The undo must not wait for the observation's end, and its samples must not be lost.
    observation.catch(() => undefined);
    const observed = await Promise.race([observation, CancellationScope.current().cancelRequested]);
    this.#keep(observed);
    this.#interrupted = undefined;
    return observed;
  }

  /** Of a fault that is repeated, each turn records what came since the last. */
  #recordSince(): number {
    const { clusterRecord, startedAt } = this.#evidence;
    return clusterRecord === undefined ? startedAt : Date.parse(clusterRecord.to);
  }

  /** The record is the experiment's: kept once, however many observations there are. */
  #keep({ clusterRecord, ...observed }: Observation): void {
    this.#evidence.observations.push(observed);
    if (clusterRecord === undefined) return;
    this.#evidence.clusterRecord = mergeClusterRecords(this.#evidence.clusterRecord, clusterRecord);
  }

  /** The samples of an observation that a cancellation interrupted. */
  async keepInterrupted(): Promise<void> {
    const interrupted = this.#interrupted;
    if (interrupted === undefined) return;
    this.#interrupted = undefined;
    await CancellationScope.nonCancellable(async () => {
      try {
        this.#keep(await interrupted);
      } catch {
        // It ended without samples to hand over; the cancellation itself is what is reported.
      }
    });
  }
}
