import type { Parameters } from '../../contracts/campaign.ts';
import type { Inventory } from '../../contracts/plan.ts';
import type { Finding, ProbeReport } from '../../contracts/report.ts';
import { formatNumber } from '../format.ts';
import { type Conclusion, nothing, type RuleInput } from './rule.ts';

/** The grace period that redis needs at most to save and stop, by the advice for it. */
const advisedGraceSeconds = 15;

/** Stages of an election, in seconds since the fault was injected; null: not seen. */
interface Stages {
  switched: number | null;
  firstWrite: number | null;
  agreed: number | null;
}

/**
 * An election over its limit: in which stage the time went, and what held it up there. A primary that
 * is deleted gracefully but ignores SIGTERM serves until its grace period is over: only then does
 * Sentinel's down-after begin.
 */
export function slowElection({ experiment, plan }: RuleInput): Conclusion {
  const elections = experiment.probes.filter((probe) => probe.type === 'redis-leader-election' && probe.samples.length > 0);
  const judged = elections.flatMap((probe) => (probe.tolerance?.value === undefined ? [] : [{ probe, limit: probe.tolerance.value }]));
  const first = judged[0];
  if (first === undefined) return nothing;
  const slow = judged.filter(({ probe }) => probe.verdict === 'Failed');
  if (slow.length === 0) {
    return {
      findings: [],
      ruledOut: `the election took ${formatNumber(first.probe.max)} s, within its limit of ${formatNumber(first.limit)} s`,
    };
  }
  return {
    findings: slow.map(({ probe, limit }) => describe(experiment.name, probe, limit, experiment.parameters, plan.inventory)),
    ruledOut: null,
  };
}

function describe(experiment: string, probe: ProbeReport, limit: number, parameters: Parameters, inventory: Inventory): Finding {
  const stages: Stages = {
    switched: seconds(probe, 'sentinelSwitchedSeconds'),
    firstWrite: seconds(probe, 'firstWriteSeconds'),
    agreed: seconds(probe, 'agreedSeconds'),
  };
  const took = probe.max === null ? 'did not complete' : `took ${formatNumber(probe.max)} s`;
  const cause = graceCause(stages.switched, probe.max, limit, parameters, inventory) ?? downAfterCause(stages, inventory);
  return {
    rule: 'slow-election',
    severity: 'critical',
    title: `${experiment}: the election ${took}, over its limit of ${formatNumber(limit)} s; ${whereTheTimeWent(stages)}`,
    evidence: [...describeStages(stages), ...(cause?.evidence ?? [])],
    fix: cause?.fix ?? null,
  };
}

function seconds(probe: ProbeReport, key: string): number | null {
  const value = probe.detail[key];
  return typeof value === 'number' ? value : null;
}

function describeStages({ switched, firstWrite, agreed }: Stages): string[] {
  return [
    switched === null ? 'Sentinel did not switch to another primary' : `Sentinel switched after ${formatNumber(switched)} s`,
    firstWrite === null
      ? 'no write was acknowledged by a new primary'
      : `the first write was acknowledged after ${formatNumber(firstWrite)} s`,
    agreed === null
      ? 'Sentinel and the replicas did not come to agree on the primary'
      : `Sentinel and every replica agreed after ${formatNumber(agreed)} s`,
  ];
}

function whereTheTimeWent({ switched, firstWrite, agreed }: Stages): string {
  if (switched === null) return 'it never came to a switch';
  if (firstWrite === null) return 'it never came to a write';
  if (agreed === null) return 'it never came to agreement';
  // Agreement can precede the first write, and the reverse.
  const parts = [
    { name: "until Sentinel's switch", seconds: switched },
    { name: 'between the switch and the first write', seconds: firstWrite - switched },
    { name: 'between the first write and agreement', seconds: agreed - firstWrite },
  ];
  const longest = parts.toSorted((a, b) => b.seconds - a.seconds)[0];
  return longest === undefined ? '' : `${formatNumber(longest.seconds)} s of it ${longest.name}`;
}

interface Cause {
  evidence: string[];
  fix: string;
}

/** Only a graceful delete waits for the workload's grace period, and only a switch after its end was held up by all of it. */
function graceCause(
  switched: number | null,
  took: number | null,
  limit: number,
  parameters: Parameters,
  inventory: Inventory,
): Cause | null {
  const { workload } = inventory;
  const graceful = parameters.force !== true && typeof parameters.gracePeriodSeconds !== 'number';
  if (workload === null || switched === null || !graceful) return null;
  const grace = workload.terminationGracePeriodSeconds;
  if (grace <= advisedGraceSeconds || switched < grace) return null;
  const expected = (took ?? switched) - (grace - advisedGraceSeconds);
  const enough = expected <= limit ? 'within' : 'still over';
  return {
    evidence: [
      `terminationGracePeriodSeconds is ${grace}, and Sentinel switched ${formatNumber(switched - grace)} s after it was over: the primary served until it was killed`,
    ],
    fix: [
      `With ${advisedGraceSeconds} s it is to be expected after ${formatNumber(expected)} s, ${enough} the limit:`,
      `kubectl -n ${inventory.namespace} patch ${workload.kind.toLowerCase()} ${workload.name} --type=merge -p '{"spec":{"template":{"spec":{"terminationGracePeriodSeconds":${advisedGraceSeconds}}}}}'`,
    ].join('\n'),
  };
}

function downAfterCause({ switched }: Stages, inventory: Inventory): Cause | null {
  const sentinel = inventory.application?.sentinel;
  if (!sentinel || switched === null) return null;
  const downAfter = sentinel.downAfterMs / 1000;
  // When down-after is the smaller part of the wait, lowering it would not have helped.
  if (downAfter * 2 < switched || downAfter > switched) return null;
  return {
    evidence: [
      `${formatNumber(downAfter)} s of the ${formatNumber(switched)} s until the switch are Sentinel's down-after-milliseconds (${sentinel.downAfterMs})`,
    ],
    fix: `Lower it on every Sentinel, and in its configuration: SENTINEL SET ${sentinel.master} down-after-milliseconds ${Math.max(1000, Math.round(sentinel.downAfterMs / 2))}`,
  };
}
