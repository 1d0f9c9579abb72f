import { podNetworkPartition } from '../pod-network-partition/verbs.ts';
import type { FaultVerbs } from '../verbs.ts';

/** A partition of every pod of the workload from everything; its parameters are some of a partition's. */
export const applicationOutage: FaultVerbs = podNetworkPartition;
