import type { Plan } from '../contracts/plan.ts';
import type { PlanInput } from '../contracts/run.ts';
import { makePlan } from './make-plan.ts';

/** What a run of the campaign would do, and what forbids it. Touches nothing. */
export function plan(input: PlanInput): Promise<Plan> {
  return makePlan(input, `plan ${input.campaign.name}`);
}
