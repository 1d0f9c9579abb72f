import type { HoldRequest } from '../contracts/arbiter.ts';
import type { Plan } from '../contracts/plan.ts';
import type { ClusterPolicy } from '../policy/cluster-policy.ts';
import { holdScope } from './hold-scope.ts';

const defaultQueueTimeoutMs = 30 * 60_000;

/** What a run of the plan asks the arbiter for. */
export function holdRequest(runId: string, plan: Plan, { limits }: ClusterPolicy): HoldRequest {
  const { name, policy } = plan.campaign;
  return {
    runId,
    campaign: name,
    scope: holdScope(plan),
    limits,
    overlap: policy.overlap ?? 'refuse',
    queueTimeoutMs: policy.queueTimeoutMs ?? defaultQueueTimeoutMs,
  };
}
