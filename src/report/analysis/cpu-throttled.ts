import type { ClusterRecord, ThrottlingFacts } from '../../contracts/cluster-record.ts';
import { targetName } from '../../contracts/plan.ts';
import type { Finding } from '../../contracts/report.ts';
import { formatPercent } from '../format.ts';
import { fixByPatch, templatePatch } from './patch.ts';
import { found, nothing, type Rule, ruledOut } from './rule.ts';

/** Of periods of 100 ms in which the container ran at all: fewer say little. */
const fewestPeriods = 50;
const share = 0.25;

/** A container that waits for the next period with work to do: every answer may take 100 ms more. */
export const cpuThrottled: Rule = {
  name: 'cpu-throttled',
  looksAt: "cAdvisor's container_cpu_cfs_* in the Prometheus that is configured for the cluster",
  finds: `A container was held back by its CPU limit in more than ${share * 100}% of at least ${fewestPeriods} periods, and it was not the fault that took its CPU.`,
  fix: 'A patch of the workload that doubles the limit.',
  conclude({ evidence, experiment }) {
    const record = evidence.clusterRecord;
    if (record?.throttling == null) return nothing;
    // What the fault takes itself says nothing of the limit.
    const hogged = new Set(experiment.fault === 'pod-cpu-hog' ? experiment.targets.map(targetName) : []);
    const counted = record.throttling.filter(({ pod, periods }) => periods >= fewestPeriods && !hogged.has(pod));
    if (counted.length === 0) return nothing;
    const throttled = counted.filter(({ periods, throttledPeriods }) => throttledPeriods > periods * share);
    if (throttled.length === 0) {
      const most = Math.max(...counted.map((one) => one.throttledPeriods / one.periods));
      return ruledOut(
        `no container was held back by its CPU limit${most === 0 ? '' : ` in more than ${formatPercent(most * 100)} of periods`}`,
      );
    }
    const byContainer = Map.groupBy(throttled, ({ container }) => container);
    return found(
      ...[...byContainer].map(([container, facts]) => describe(experiment.name, experiment.verdict === 'Passed', record, container, facts)),
    );
  },
};

function describe(experiment: string, passed: boolean, record: ClusterRecord, container: string, facts: ThrottlingFacts[]): Finding {
  const limit = record.workload?.containers.find(({ name }) => name === container)?.cpuLimit ?? null;
  const advice = 'Give it more, or no limit and a request';
  const more = limit === null ? undefined : doubled(limit);
  const patch =
    more === undefined ? undefined : templatePatch(record, { containers: [{ name: container, resources: { limits: { cpu: more } } }] });
  return {
    rule: 'cpu-throttled',
    severity: passed ? 'info' : 'warning',
    title: `${experiment}: container ${container} was held back by its CPU limit${limit === null ? '' : ` of ${limit}`}`,
    evidence: facts.map(
      ({ pod, periods, throttledPeriods }) =>
        `${record.to} prometheus container_cpu_cfs_throttled_periods_total of pod/${pod}, container ${container}: ${throttledPeriods} of ${periods} periods since ${record.from}`,
    ),
    ...(patch === undefined ? { fix: `${advice}.` } : fixByPatch(`${advice}:`, patch)),
  };
}

/** `50m` as `100m`, `2` as `4`. */
function doubled(limit: string): string | undefined {
  const { amount, milli } = limit.match(/^(?<amount>[\d.]+)(?<milli>m?)$/)?.groups ?? {};
  return amount === undefined ? undefined : `${Number(amount) * 2}${milli}`;
}
