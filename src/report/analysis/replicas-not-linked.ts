import type { Validation } from '../../contracts/evidence.ts';
import type { RedisInstance } from '../../contracts/plan.ts';
import type { Finding } from '../../contracts/report.ts';

/** Looks at the redis instances after the chaos, as each says of itself. */
export function replicasNotLinked(validation: Validation | null): Finding[] {
  const instances = validation?.redis ?? [];
  const primaries = instances.filter((one) => one.role === 'primary').length;
  const faulty = instances.filter((one) => describeFault(one, primaries) !== null);
  if (faulty.length === 0) return [];
  return [
    {
      rule: 'replicas-not-linked',
      severity: 'critical',
      title: `${faulty.length} of ${instances.length} redis instances were out of replication after the chaos`,
      evidence: faulty.map((one) => `${one.pod}: ${describeFault(one, primaries)}`),
      fix: null,
    },
  ];
}

function describeFault(instance: RedisInstance, primaries: number): string | null {
  if (instance.role === 'unreachable') return `unreachable${instance.error === undefined ? '' : `: ${instance.error}`}`;
  if (instance.role === 'primary') return primaries > 1 ? `a primary, one of ${primaries}` : null;
  return instance.linkUp === true ? null : `a replica whose link to ${instance.primaryHost ?? 'its primary'} is down`;
}
