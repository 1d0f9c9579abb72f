import type { Parameters } from '../contracts/campaign.ts';
import type { Injected, ReadBack, Reverted } from '../contracts/evidence.ts';
import type { FaultInstance, PodTarget } from '../contracts/plan.ts';
import type { Cluster } from '../kubernetes/cluster.ts';

/** What every verb is given. */
export interface FaultContext {
  cluster: Cluster;
  /** the image of squall's in-pod agent */
  agentImage: string;
  signal: AbortSignal;
}

/** What a fault is readied from. */
export interface FaultDraft {
  id: string;
  targets: PodTarget[];
  parameters: Parameters;
}

/** The chosen way to do a fault, and why. */
export interface Mechanism {
  mechanism: string;
  reason: string;
}

/** It cannot be done here, and nothing of the workload's behaviour was changed. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
}

/** The five verbs of a fault. Each is idempotent, keyed by the fault's id. */
export interface FaultVerbs {
  /** Can it be done here? Readies carriers. Throws RefusedError, before the workload feels anything. */
  prepare(context: FaultContext, draft: FaultDraft): Promise<Mechanism>;
  inject(context: FaultContext, fault: FaultInstance): Promise<Injected>;
  /** Reads back that it is in effect. */
  verify(context: FaultContext, fault: FaultInstance): Promise<ReadBack>;
  /** Undoes what is left of it; also when nothing is. */
  revert(context: FaultContext, fault: FaultInstance): Promise<Reverted>;
  /** Reads back that it is gone. */
  confirm(context: FaultContext, fault: FaultInstance): Promise<ReadBack>;
}
