import type { Injected, ReadBack, Reverted } from '../contracts/evidence.ts';
import type { FaultInstance, Target } from '../contracts/plan.ts';
import type { Cluster } from '../kubernetes/cluster.ts';
import type { ReachMode } from '../probes/reach.ts';
import type { ObjectUndo } from './object-borne/object-undo.ts';

/** What every verb is given. */
export interface FaultContext {
  cluster: Cluster;
  /** the image of squall's in-pod agent */
  agentImage: string;
  /** how ports of pods are reached */
  reach: ReachMode;
  signal: AbortSignal;
}

/** What a fault is readied from: all that is known before its mechanism is. */
export type FaultDraft = Omit<FaultInstance, 'mechanism' | 'endsAt' | 'deadline'>;

/** The chosen way to do a fault, and why. */
export interface Mechanism {
  mechanism: string;
  reason: string;
  /** the targets with what only the cluster knew of them, such as an object's uid; absent: as they were */
  targets?: Target[];
  /** what is worth knowing and forbids nothing */
  warnings?: string[];
}

/** It cannot be done here, and nothing of the workload's behaviour was changed. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
}

/** The five verbs of a fault. Each is idempotent, keyed by the fault's id. */
export interface FaultVerbs {
  /**
   * Can it be done here? Readies carriers. Throws RefusedError, before the workload feels anything. It is asked for every
   * experiment of a campaign before the first fault, too: what it readies goes by itself when nothing follows.
   */
  prepare(context: FaultContext, draft: FaultDraft): Promise<Mechanism>;
  /** Called again with the same id it changes nothing, and puts the fault back where it was lost with a restarted container. */
  inject(context: FaultContext, fault: FaultInstance): Promise<Injected>;
  /** Reads back that it is in effect. */
  verify(context: FaultContext, fault: FaultInstance): Promise<ReadBack>;
  /** Undoes what is left of it; also when nothing is. */
  revert(context: FaultContext, fault: FaultInstance): Promise<Reverted>;
  /** Undoes it without measuring what came of it, when its run is not there to be told. Absent: as `revert`. */
  sweep?(context: FaultContext, fault: FaultInstance): Promise<Reverted>;
  /** Reads back that it is gone. */
  confirm(context: FaultContext, fault: FaultInstance): Promise<ReadBack>;
  /** For a fault that is written on the object it changes: how whoever finds the object puts it back. */
  putBack?: ObjectUndo;
}
