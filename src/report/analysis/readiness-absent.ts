import { specLine } from './evidence-line.ts';
import { found, nothing, type Rule, ruledOut } from './rule.ts';

/** Without a readiness probe a pod counts as Ready as soon as its processes have started. */
export const readinessAbsent: Rule = {
  name: 'readiness-absent',
  looksAt: "the workload's specification",
  finds: 'No container of the workload has a readiness probe, so that clients and disruption budgets count on pods that may not serve.',
  fix: 'What to add.',
  conclude({ evidence }) {
    const record = evidence.clusterRecord;
    const workload = record?.workload;
    if (record === undefined || workload == null || workload.containers.length === 0) return nothing;
    const probed = workload.containers.filter(({ readiness }) => readiness !== null);
    if (probed.length > 0) return ruledOut(`${probed.map(({ name }) => `container ${name}`).join(', ')} has a readiness probe`);
    return found({
      rule: 'readiness-absent',
      severity: 'info',
      title: `${workload.kind} ${workload.name} has no readiness probe: a pod counts as Ready before it serves, and steady state as back`,
      evidence: workload.containers.map(({ name }) => specLine(record, `container ${name} has no readinessProbe`)),
      fix: 'Give the container that serves a readinessProbe that asks for what its clients ask for.',
    });
  },
};
