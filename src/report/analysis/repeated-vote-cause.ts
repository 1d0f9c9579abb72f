import type { RedisFacts } from '../../contracts/cluster-record.ts';
import { formatNumber } from '../format.ts';
import { sentinelLines } from './election.ts';
import type { CauseOfElection } from './election-cause.ts';
import { sentinelLine } from './evidence-line.ts';

/**
 * Sentinels whose vote came to nothing (it was split, or the elected one was lost) vote again, in a new epoch, only when twice their
 * failover-timeout has passed: https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/
 */
export const repeatedVoteCause: CauseOfElection = ({ probe, limit, switched }, { plan, evidence: { clusterRecord, injected } }) => {
  const master = plan.inventory.application?.sentinel?.master;
  if (master === undefined || switched === null || probe.max === null) return null;
  const switchedAt = sentinelLines(clusterRecord, '+switch-master')[0]?.at ?? '';
  const epochs = sentinelLines(clusterRecord, '+new-epoch').filter(
    ({ at }) => Date.parse(at) >= (injected?.injectedAt ?? Number.POSITIVE_INFINITY) && at <= switchedAt,
  );
  const votes = epochs.filter(({ line }, index) => epochs.findIndex((other) => other.line === line) === index);
  const [first, last] = [votes[0], votes.at(-1)];
  // A primary that no replica may follow is voted on again and again: that is another cause.
  if (first === undefined || last === undefined || first === last || sentinelLines(clusterRecord, '-failover-abort-no-good').length > 0) {
    return null;
  }
  const waited = (Date.parse(last.at) - Date.parse(first.at)) / 1000;
  if (probe.max - waited > limit) return null;
  const longest = longestFailoverTimeout(clusterRecord?.redis?.sentinels ?? []);
  return {
    evidence: [
      ...votes.map(sentinelLine),
      `${last.at} sentinel ${last.pod}: ${formatNumber(waited)} s of the ${formatNumber(switched)} s until the switch lie between the first vote and the one that came to a switch`,
    ],
    fix:
      longest === null
        ? null
        : `Sentinels vote again after twice their failover-timeout (${longest} ms). Lower it on each of them, and in its configuration: SENTINEL SET ${master} failover-timeout ${Math.max(1000, Math.round(longest / 2))}`,
  };
};

function longestFailoverTimeout(sentinels: RedisFacts['sentinels']): number | null {
  const known = sentinels.flatMap(({ master }) => master?.failoverTimeoutMs ?? []);
  return known.length === 0 ? null : Math.max(...known);
}
