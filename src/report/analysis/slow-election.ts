import type { Finding } from '../../contracts/report.ts';
import { formatNumber } from '../format.ts';
import { downAfterCause } from './down-after-cause.ts';
import { type Election, electionsOf, sentinelLines } from './election.ts';
import { sentinelLine } from './evidence-line.ts';
import { gracePeriodCause } from './grace-period-cause.ts';
import { repeatedVoteCause } from './repeated-vote-cause.ts';
import { nothing, type Rule, type RuleInput, ruledOut } from './rule.ts';

/** In the order in which they are looked for. */
const causes = [gracePeriodCause, downAfterCause, repeatedVoteCause];

/** An election over its limit: in which stage the time went, and what held it up there. */
export const slowElection: Rule = {
  name: 'slow-election',
  looksAt: "the stages of the election, the workload's grace period, the primary's end by events, and Sentinels' configuration and log",
  finds:
    'An election took longer than its limit: in which stage the time went, and whether the grace period of a primary that ignores SIGTERM, down-after-milliseconds, or a vote that had to be repeated held it up there.',
  fix: "A patch of the workload's terminationGracePeriodSeconds, with the time to be expected then; or the Sentinels' command.",
  conclude(input) {
    const elections = electionsOf(input.experiment);
    const [first] = elections;
    if (first === undefined) return nothing;
    const slow = elections.filter((election) => election.slow);
    if (slow.length === 0) {
      return ruledOut(`the election took ${formatNumber(first.probe.max)} s, within its limit of ${formatNumber(first.limit)} s`);
    }
    return { findings: slow.map((election) => describe(election, input)), ruledOut: null };
  },
};

function describe(election: Election, input: RuleInput): Finding {
  const { probe, limit } = election;
  const took = probe.max === null ? 'did not complete' : `took ${formatNumber(probe.max)} s`;
  const cause = causes.map((look) => look(election, input)).find((found) => found !== null);
  return {
    rule: 'slow-election',
    severity: 'critical',
    title: `${input.experiment.name}: the election ${took}, over its limit of ${formatNumber(limit)} s; ${whereTheTimeWent(election)}`,
    evidence: [...describeStages(election), ...(cause?.evidence ?? []), ...whatSentinelsWrote(input)],
    fix: cause?.fix ?? null,
    ...(cause?.patch !== undefined && { patch: cause.patch }),
  };
}

/** When the first of them saw it, and who came of it. */
function whatSentinelsWrote({ evidence: { clusterRecord } }: RuleInput): string[] {
  const kinds = ['+sdown master', '+odown master', '-failover-abort', '+switch-master'];
  return kinds.flatMap((kind) => sentinelLines(clusterRecord, kind).slice(0, 1)).map(sentinelLine);
}

function describeStages({ probe: { name }, switched, firstWrite, agreed }: Election): string[] {
  const stages = [
    switched === null ? 'Sentinel did not switch to another primary' : `Sentinel switched after ${formatNumber(switched)} s`,
    firstWrite === null
      ? 'no write was acknowledged by a new primary'
      : `the first write was acknowledged after ${formatNumber(firstWrite)} s`,
    agreed === null
      ? 'Sentinel and the replicas did not come to agree on the primary'
      : `Sentinel and every replica agreed after ${formatNumber(agreed)} s`,
  ];
  return stages.map((stage) => `probe ${name}: ${stage}`);
}

function whereTheTimeWent({ switched, firstWrite, agreed }: Election): string {
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
