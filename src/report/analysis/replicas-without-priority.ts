import { sentinelLines, slowElectionOf } from './election.ts';
import { sentinelLine } from './evidence-line.ts';
import { found, nothing, type Rule, ruledOut } from './rule.ts';

/** A replica with priority 0 is never elected. */
export const replicasWithoutPriority: Rule = {
  name: 'replicas-without-priority',
  looksAt: "the replicas' replica-priority, and the Sentinels' log",
  finds: 'An election did not come about in time, and no replica may be elected, since each has replica-priority 0.',
  fix: 'The command that gives a replica a priority.',
  conclude({ evidence, experiment, plan }) {
    const record = evidence.clusterRecord;
    if (record?.redis == null || slowElectionOf(experiment) === undefined) return nothing;
    const replicas = record.redis.instances.filter(({ role, replicaPriority }) => role === 'replica' && replicaPriority !== null);
    if (replicas.length === 0) return nothing;
    const eligible = replicas.filter(({ replicaPriority }) => replicaPriority !== 0);
    if (eligible.length > 0) return ruledOut(`${eligible.map(({ pod }) => pod).join(', ')} may be elected, by replica-priority`);
    const container = plan.inventory.pods[0]?.containers[0] ?? 'redis';
    return found({
      rule: 'replicas-without-priority',
      severity: 'critical',
      title: `${experiment.name}: no replica may be elected: each has replica-priority 0`,
      evidence: [
        ...replicas.map(({ pod }) => `${record.to} redis ${pod}: CONFIG GET replica-priority 0`),
        ...sentinelLines(record, '-failover-abort', '-no-good-slave', '+try-failover').slice(0, 6).map(sentinelLine),
      ],
      fix: [
        'Give at least one a priority, here and in its configuration:',
        ...replicas.map(
          ({ pod }) => `kubectl -n ${record.namespace} exec ${pod} -c ${container} -- redis-cli CONFIG SET replica-priority 100`,
        ),
      ].join('\n'),
    });
  },
};
