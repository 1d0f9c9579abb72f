import { makePlan } from '../campaign/plan.ts';
import type { Plan } from '../contracts/plan.ts';
import type { PlanInput } from '../contracts/run.ts';
import { RefusedError } from '../faults/verbs.ts';
import type { Dependencies } from './dependencies.ts';
import { preflight } from './preflight.ts';
import { readInventory } from './read-inventory.ts';

/** Reads the cluster, makes the plan and checks what must be true before anything is touched. */
export async function planCampaign({ campaign, seed }: PlanInput, deps: Dependencies, signal: AbortSignal): Promise<Plan> {
  try {
    const plan = makePlan(campaign, await readInventory(campaign, deps, signal), seed, deps.policy(campaign.target.cluster));
    // Against a workload that is refused already, the rest could only mislead.
    if (plan.refusals.length > 0) return plan;
    const { refusals, warnings } = await preflight(plan, deps, signal);
    return { ...plan, refusals, warnings: [...plan.warnings, ...warnings] };
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    return refusedPlan({ campaign, seed }, error.message);
  }
}

/** There is nothing to plan on: the target does not exist. */
function refusedPlan({ campaign, seed }: PlanInput, message: string): Plan {
  const { cluster, namespace, selector = '' } = campaign.target;
  return {
    campaign,
    seed,
    inventory: { cluster, namespace, workload: null, selector, pods: [], nodes: [], application: null },
    experiments: [],
    permissions: [],
    warnings: [],
    refusals: [{ code: 'no-target', subject: 'spec.target', message }],
  };
}
