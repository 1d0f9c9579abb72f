import { formatNumber } from '../format.ts';
import type { CauseOfElection } from './election-cause.ts';

/** Sentinel waits for down-after-milliseconds before it takes a primary for lost. */
export const downAfterCause: CauseOfElection = ({ switched }, { plan, evidence }) => {
  const planned = plan.inventory.application?.sentinel;
  if (!planned || switched === null) return null;
  const said = evidence.clusterRecord?.redis?.sentinels.flatMap(({ pod, master }) => (master === null ? [] : [{ pod, ...master }])) ?? [];
  const longest = said.toSorted((a, b) => b.downAfterMs - a.downAfterMs)[0];
  const downAfterMs = longest?.downAfterMs ?? planned.downAfterMs;
  const downAfter = downAfterMs / 1000;
  // When down-after is the smaller part of the wait, lowering it would not have helped.
  if (downAfter * 2 < switched || downAfter > switched) return null;
  const where = longest === undefined ? '' : `${evidence.clusterRecord?.to} sentinel ${longest.pod}: `;
  return {
    evidence: [
      `${where}${formatNumber(downAfter)} s of the ${formatNumber(switched)} s until the switch are Sentinel's down-after-milliseconds (${downAfterMs})`,
    ],
    fix: `Lower it on every Sentinel, and in its configuration: SENTINEL SET ${planned.master} down-after-milliseconds ${Math.max(1000, Math.round(downAfterMs / 2))}`,
  };
};
