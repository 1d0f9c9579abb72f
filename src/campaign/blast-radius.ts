import type { Policy } from '../contracts/campaign.ts';
import { objectKeys } from '../contracts/object-keys.ts';
import type { PodTarget, Refusal } from '../contracts/plan.ts';
import type { SelectablePod } from './selection.ts';

/** Why the policy forbids these targets, of so many pods of the workload; none: it allows them. */
export function blastRadiusRefusals(experiment: string, targets: readonly SelectablePod[], podCount: number, policy: Policy): Refusal[] {
  const refusals: Refusal[] = [];
  const { maxTargets, maxTargetsPercent } = policy;
  if (maxTargets !== undefined && targets.length > maxTargets) {
    refusals.push({
      code: 'blast-radius',
      subject: experiment,
      message: `${targets.length} pods would be hit, the policy allows ${maxTargets}: ${targets.map(({ name }) => name).join(', ')}`,
    });
  }
  const percent = (targets.length / podCount) * 100;
  if (maxTargetsPercent !== undefined && percent > maxTargetsPercent) {
    refusals.push({
      code: 'blast-radius',
      subject: experiment,
      message: `${targets.length} of ${podCount} pods would be hit, the policy allows ${maxTargetsPercent} %: ${targets.map(({ name }) => name).join(', ')}`,
    });
  }
  return refusals;
}

/** Which targets lack the annotation the policy asks for. Annotations of a workload and its namespace count for its pods. */
export function optInRefusals(targets: readonly SelectablePod[], policy: Policy): Refusal[] {
  if (policy.optIn === 'none') return [];
  const [key, value] = policy.optIn === 'squall' ? [objectKeys.chaos, 'enabled'] : [objectKeys.litmusChaos, 'true'];
  const missing = new Set(targets.filter(({ annotations }) => annotations[key] !== value).map(({ name }) => name));
  if (missing.size === 0) return [];
  const pods = [...missing].sort().join(', ');
  return [
    {
      code: 'not-opted-in',
      subject: pods,
      message: `the policy asks for the annotation ${key}: "${value}" on the pod, its workload or its namespace, and ${pods} has none`,
    },
  ];
}

/** A pod as a target of a fault in one of its containers. */
export function podTarget(pod: SelectablePod, namespace: string, container: string): PodTarget {
  const { name, uid, ip, node, zone, role } = pod;
  return { kind: 'pod', namespace, pod: name, uid, ip, node, zone, container, role };
}
