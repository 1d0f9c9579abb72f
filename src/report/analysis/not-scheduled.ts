import { eventLine } from './evidence-line.ts';
import { found, nothing, type Rule, ruledOut } from './rule.ts';

/** No node takes the pod: the scheduler says of how many nodes why not. */
export const notScheduled: Rule = {
  name: 'not-scheduled',
  looksAt: "the pods' condition PodScheduled, and events with the reason FailedScheduling",
  finds: 'A pod was on no node when waiting ended, in the words of the scheduler.',
  fix: 'Which of the causes that the scheduler counts is to be removed.',
  conclude({ evidence, experiment }) {
    const record = evidence.clusterRecord;
    if (record === undefined || record.pods.length === 0) return nothing;
    const stuck = record.pods.flatMap((pod) =>
      pod.conditions.filter(({ type, status }) => type === 'PodScheduled' && status === 'False').map((condition) => ({ pod, condition })),
    );
    if (stuck.length === 0) return ruledOut('every pod was on a node');
    return found(
      ...stuck.map(({ pod, condition }) => ({
        rule: 'not-scheduled',
        severity: 'critical' as const,
        title: `${experiment.name}: no node takes ${pod.name}`,
        evidence: [
          `${condition.at ?? record.to} status of pod/${pod.name}: PodScheduled False, ${condition.reason ?? 'no reason'}: ${condition.message ?? ''}`,
          ...record.events.filter(({ name, reason }) => name === pod.name && reason === 'FailedScheduling').map(eventLine),
        ],
        fix: 'Change what the scheduler counts: the requests, the node selector or affinity, the tolerations of the pod template, or the room on the nodes.',
      })),
    );
  },
};
