import { formatNumber } from '../format.ts';
import type { CauseOfElection } from './election-cause.ts';
import { eventLine } from './evidence-line.ts';
import { fixByPatch } from './patch.ts';

/** The grace period that redis needs at most to save and stop, by the advice for it. */
const advisedGraceSeconds = 15;

/**
 * A primary that is deleted gracefully but ignores SIGTERM serves until its grace period is over: only then does Sentinel's down-after
 * begin. Only a graceful delete waits for the workload's grace period, and only a switch after its end was held up by all of it.
 */
export const gracePeriodCause: CauseOfElection = ({ probe, limit, switched, oldPrimary }, { plan, experiment, evidence }) => {
  const { workload, namespace } = plan.inventory;
  const { parameters } = experiment;
  const graceful = parameters.force !== true && typeof parameters.gracePeriodSeconds !== 'number';
  if (workload === null || switched === null || !graceful) return null;
  const grace = workload.terminationGracePeriodSeconds;
  if (grace <= advisedGraceSeconds || switched < grace) return null;
  const expected = (probe.max ?? switched) - (grace - advisedGraceSeconds);
  const enough = expected <= limit ? 'within' : 'still over';
  const killing = (evidence.clusterRecord?.events ?? []).filter(({ name, reason }) => name === oldPrimary && reason === 'Killing');
  return {
    evidence: [
      ...killing.map(eventLine),
      `spec of ${workload.kind.toLowerCase()}/${workload.name}: terminationGracePeriodSeconds is ${grace}, and Sentinel switched ${formatNumber(switched - grace)} s after it was over: the primary served until it was killed`,
    ],
    ...fixByPatch(`With ${advisedGraceSeconds} s it is to be expected after ${formatNumber(expected)} s, ${enough} the limit:`, {
      target: `${workload.kind.toLowerCase()}/${workload.name}`,
      namespace,
      type: 'merge',
      body: { spec: { template: { spec: { terminationGracePeriodSeconds: advisedGraceSeconds } } } },
    }),
  };
};
