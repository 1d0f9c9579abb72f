import type { ExperimentSpec, ProbeSpec, Tolerance } from '../contracts/campaign.ts';
import type { RedisTopology } from '../contracts/plan.ts';
import type { FaultDeclaration } from '../faults/definition.ts';
import { defaultWeight } from './probe.ts';
import { findProbeType } from './probe-types.ts';
import type { SelectablePod } from './selection.ts';
import { followsElsewhere, isReplicated } from './steady-state.ts';

/** What an experiment is judged by when neither it nor its campaign says. */
export function defaultHypothesis(
  spec: ExperimentSpec,
  fault: FaultDeclaration,
  targets: readonly SelectablePod[],
  application: RedisTopology | null,
): ProbeSpec[] {
  const replication = probe('redis-replication', { comparator: 'succeeds' });
  // They take no writes themselves.
  if (followsElsewhere(application)) return [replication];
  if (!isReplicated(application)) return [probe('pods-ready', { comparator: 'succeeds' })];
  if (takesPrimaryAway(spec, fault, targets, application)) {
    // writes fail until the election is over: shown, not judged
    return [probe('redis-leader-election', { comparator: '<=', value: 30 }), probe('redis-write-latency'), replication];
  }
  return [probe('redis-write-latency', { comparator: '<=', value: 1000 }), replication];
}

/** True when the fault needs another primary to be elected: it keeps the one there is away for longer than its Sentinels wait. */
export function takesPrimaryAway(
  spec: ExperimentSpec,
  fault: FaultDeclaration,
  targets: readonly SelectablePod[],
  application: RedisTopology | null,
): boolean {
  return wouldTakePrimaryAway(spec, fault, application) && targets.some(({ role }) => role === 'redis-primary');
}

/** True when that is what the fault would do to a primary, were it one of its targets. */
export function wouldTakePrimaryAway(
  { parameters, durationMs }: ExperimentSpec,
  fault: FaultDeclaration,
  application: RedisTopology | null,
): boolean {
  return (fault.targetsAwayForMs?.(parameters, durationMs) ?? 0) > (application?.sentinel?.downAfterMs ?? 0);
}

function probe(name: string, bound?: Omit<Tolerance, 'successPercent'>): ProbeSpec {
  const type = findProbeType(name);
  if (type === undefined) throw new TypeError(`no probe type ${name}`);
  return {
    name,
    type: name,
    parameters: {},
    when: type.when[0],
    ...(bound === undefined ? {} : { tolerance: { ...bound, successPercent: 100 } }),
    weight: defaultWeight,
    intervalMs: type.intervalMs,
    timeoutMs: type.timeoutMs,
  };
}
