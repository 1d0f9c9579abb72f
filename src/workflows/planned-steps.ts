import type { Step } from '../contracts/campaign.ts';
import type { Plan, PlannedExperiment } from '../contracts/plan.ts';

/** A step with the experiments of the plan that are its. */
export interface PlannedStep {
  step: Step;
  experiments: PlannedExperiment[];
}

/** The plan's experiments, in their order, by the campaign's steps. Throws when the two disagree. */
export function plannedSteps({ campaign, experiments }: Plan): PlannedStep[] {
  const left = [...experiments];
  return campaign.steps.map((step) => {
    const size = step.kind === 'parallel' ? step.experiments.length : step.kind === 'experiment' ? 1 : 0;
    const taken = left.splice(0, size);
    if (taken.length < size) throw new Error(`the plan has ${taken.length} experiments for a step of ${size}`);
    return { step, experiments: taken };
  });
}

/** Names of the experiments that a run begins with; none when something else comes first. */
export function nextExperiments(plan: Plan): string[] {
  return (plannedSteps(plan)[0]?.experiments ?? []).map(({ spec }) => spec.name);
}
