import { carrierEndedFault } from './carrier-ended-fault.ts';
import { clientsNotBack } from './clients-not-back.ts';
import { cpuThrottled } from './cpu-throttled.ts';
import { crashLoop } from './crash-loop.ts';
import { faultNotHeld } from './fault-not-held.ts';
import { imageNotPulled } from './image-not-pulled.ts';
import { killedByLiveness } from './killed-by-liveness.ts';
import { latencyNotFelt } from './latency-not-felt.ts';
import { noDisruptionBudget } from './no-disruption-budget.ts';
import { noQuorum } from './no-quorum.ts';
import { notScheduled } from './not-scheduled.ts';
import { oneZone } from './one-zone.ts';
import { outOfMemory } from './out-of-memory.ts';
import { quorumWithoutReserve } from './quorum-without-reserve.ts';
import { readinessAbsent } from './readiness-absent.ts';
import { readinessFlaps } from './readiness-flaps.ts';
import { readinessSlow } from './readiness-slow.ts';
import { recoveryNotReached } from './recovery-not-reached.ts';
import { replicasWithoutPriority } from './replicas-without-priority.ts';
import { replicasWithoutReserve } from './replicas-without-reserve.ts';
import type { Rule } from './rule.ts';
import { slowElection } from './slow-election.ts';
import { volumeNotAttached } from './volume-not-attached.ts';
import { writesLost } from './writes-lost.ts';

/** Every rule, in the order of a report's findings: what happened, what caused it, what could be better. */
export const rules: readonly Rule[] = [
  slowElection,
  recoveryNotReached,
  faultNotHeld,
  latencyNotFelt,
  carrierEndedFault,
  noQuorum,
  replicasWithoutPriority,
  writesLost,
  replicasWithoutReserve,
  clientsNotBack,
  crashLoop,
  imageNotPulled,
  notScheduled,
  outOfMemory,
  killedByLiveness,
  volumeNotAttached,
  readinessSlow,
  readinessFlaps,
  cpuThrottled,
  readinessAbsent,
  noDisruptionBudget,
  oneZone,
  quorumWithoutReserve,
];
