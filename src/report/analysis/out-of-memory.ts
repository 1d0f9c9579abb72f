import type { ClusterRecord, ContainerFacts } from '../../contracts/cluster-record.ts';
import type { Finding } from '../../contracts/report.ts';
import { endedLine, specLine } from './evidence-line.ts';
import { fixByPatch, templatePatch } from './patch.ts';
import { found, nothing, type Rule, ruledOut } from './rule.ts';

/** The kernel killed a container that took more memory than its limit. */
export const outOfMemory: Rule = {
  name: 'out-of-memory',
  looksAt: "how the pods' containers ended, and their memory limits",
  finds: 'The kernel killed a container at its memory limit, during the experiment.',
  fix: 'A patch of the workload that doubles the limit.',
  conclude({ evidence, experiment }) {
    const record = evidence.clusterRecord;
    if (record === undefined || record.pods.length === 0) return nothing;
    const killed = record.pods.flatMap((pod) =>
      pod.containers
        .filter(({ ended }) => ended?.reason === 'OOMKilled' && (ended.finishedAt ?? record.to) >= record.from)
        .map((container) => ({ pod, container })),
    );
    if (killed.length === 0) return ruledOut('no container was killed for its memory');
    return found(
      ...killed.map(({ pod, container }): Finding => {
        const limit = record.workload?.containers.find(({ name }) => name === container.name)?.memoryLimit ?? null;
        return {
          rule: 'out-of-memory',
          severity: 'critical',
          title: `${experiment.name}: container ${container.name} of ${pod.name} was killed at its memory limit${limit === null ? '' : ` of ${limit}`}`,
          evidence: [
            endedLine(pod, container),
            ...(limit === null ? [] : [specLine(record, `memory limit of container ${container.name} ${limit}`)]),
          ],
          ...fix(record, container, limit),
        };
      }),
    );
  },
};

function fix(record: ClusterRecord, { name }: ContainerFacts, limit: string | null): Pick<Finding, 'fix' | 'patch'> {
  const advice = 'Find what takes the memory, or give it more';
  const { amount, unit } = limit?.match(/^(?<amount>\d+)(?<unit>[A-Za-z]*)$/)?.groups ?? {};
  if (amount === undefined) return { fix: `${advice}.` };
  const patch = templatePatch(record, { containers: [{ name, resources: { limits: { memory: `${Number(amount) * 2}${unit}` } } }] });
  return patch === undefined ? { fix: `${advice}.` } : fixByPatch(`${advice}, for example the double:`, patch);
}
