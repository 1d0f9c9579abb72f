import { found, nothing, type Rule, ruledOut } from './rule.ts';

const lost = /(?<lost>\d+) of (?<acknowledged>\d+) acknowledged writes .*lost/;

/** A primary that is cut off goes on acknowledging writes, which are gone once it follows another. */
export const writesLost: Rule = {
  name: 'writes-lost',
  looksAt: "how many acknowledged writes the fault's end found lost, and min-replicas-to-write on each instance",
  finds: 'Acknowledged writes were lost, and an instance asks for no replica before it acknowledges one.',
  fix: 'The commands that set min-replicas-to-write.',
  conclude({ evidence, experiment, plan }) {
    const record = evidence.clusterRecord;
    const counts = experiment.outcome?.match(lost)?.groups;
    if (counts === undefined) return nothing;
    if (Number(counts.lost) === 0) return ruledOut(`none of ${counts.acknowledged} acknowledged writes was lost`);
    if (record?.redis == null) return nothing;
    const asked = record.redis.instances.filter(({ minReplicasToWrite }) => minReplicasToWrite !== null);
    const unset = asked.filter(({ minReplicasToWrite }) => minReplicasToWrite === 0);
    if (asked.length === 0) return nothing;
    if (unset.length === 0) {
      return ruledOut(
        `min-replicas-to-write is ${asked.map(({ pod, minReplicasToWrite, minReplicasMaxLag }) => `${minReplicasToWrite} on ${pod} within ${minReplicasMaxLag} s`).join(', ')}`,
      );
    }
    const container = plan.inventory.pods[0]?.containers[0] ?? 'redis';
    return found({
      rule: 'writes-lost',
      severity: 'critical',
      title: `${experiment.name}: ${counts.lost} of ${counts.acknowledged} acknowledged writes were lost, and min-replicas-to-write is not set`,
      evidence: [
        `${experiment.revertedAt} end of ${experiment.fault}: ${experiment.outcome}`,
        ...unset.map(({ pod }) => `${record.to} redis ${pod}: CONFIG GET min-replicas-to-write 0`),
      ],
      fix: [
        'A primary cut off from every replica then refuses writes after 10 s. Here, and in the configuration:',
        // Before redis 7, CONFIG SET takes one at a time.
        ...unset.flatMap(({ pod }) =>
          ['min-replicas-max-lag 10', 'min-replicas-to-write 1'].map(
            (setting) => `kubectl -n ${record.namespace} exec ${pod} -c ${container} -- redis-cli CONFIG SET ${setting}`,
          ),
        ),
      ].join('\n'),
    });
  },
};
