import type { Plan } from '../contracts/plan.ts';
import type { PlanInput } from '../contracts/run.ts';
import { reading } from './activity-options.ts';

/** What a run of the campaign would do, and what forbids it. Touches nothing. */
export function plan(input: PlanInput): Promise<Plan> {
  return reading.makePlan.executeWithOptions({ summary: `plan ${input.campaign.name}` }, [input]);
}
