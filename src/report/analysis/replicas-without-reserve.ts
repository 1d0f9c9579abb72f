import type { ExperimentReport } from '../../contracts/report.ts';
import { found, nothing, type Rule, ruledOut } from './rule.ts';

/** With as many replicas as a write needs, the loss of one is the end of writing. */
export const replicasWithoutReserve: Rule = {
  name: 'replicas-without-reserve',
  looksAt: "the primary's min-replicas-to-write, how many replicas there are, and whether writes were refused for want of them",
  finds: 'A write needs every replica, so that none may be away; critical where writes were refused with NOREPLICAS.',
  fix: 'How many replicas to run, or the command that lowers min-replicas-to-write.',
  conclude({ evidence, experiment, plan }) {
    const record = evidence.clusterRecord;
    const primary = record?.redis?.instances.find(({ role }) => role === 'primary');
    const needed = primary?.minReplicasToWrite;
    if (record?.redis == null || primary === undefined || needed == null) return nothing;
    const replicas = record.redis.instances.filter(({ role }) => role !== 'primary').length;
    if (needed === 0 || replicas > needed) return ruledOut(`a write needs ${needed} of ${replicas} replicas: one may be away`);
    const refused = refusals(experiment);
    const container = plan.inventory.pods[0]?.containers[0] ?? 'redis';
    return found({
      rule: 'replicas-without-reserve',
      severity: refused.length > 0 ? 'critical' : 'info',
      title: `${refused.length > 0 ? `${experiment.name}: writes were refused: ` : ''}a write needs ${needed} of ${replicas} replicas: while one is away, none is acknowledged`,
      evidence: [
        ...refused,
        `${record.to} redis ${primary.pod}: CONFIG GET min-replicas-to-write ${needed}, and there are ${replicas} replicas`,
      ],
      fix:
        needed > 1
          ? `Run one replica more, or ask for fewer, on every instance and in its configuration:\nkubectl -n ${record.namespace} exec ${primary.pod} -c ${container} -- redis-cli CONFIG SET min-replicas-to-write ${needed - 1}`
          : 'Run one replica more.',
    });
  },
};

/** The first and the last of each probe's samples that redis refused so. */
function refusals({ probes }: ExperimentReport): string[] {
  return probes.flatMap(({ name, samples }) => {
    const refused = samples.filter(({ error }) => error?.includes('NOREPLICAS'));
    const [first] = refused;
    if (first === undefined) return [];
    return [`${new Date(first.at).toISOString()} probe ${name}: ${first.error} (the first of ${refused.length} samples)`];
  });
}
