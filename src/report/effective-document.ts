import type { Campaign, ExperimentSpec, Step } from '../contracts/campaign.ts';
import type { Plan } from '../contracts/plan.ts';
import type { EffectiveDocument } from '../contracts/report.ts';
import { redact } from '../security/redact.ts';

/**
 * The document as it was understood, and, where it says nothing of what experiments are judged by, the hypothesis the plan gave
 * them. What looks like a secret is taken out.
 */
export function effectiveDocument(campaign: Campaign, plan: Pick<Plan, 'experiments'> | null): EffectiveDocument {
  const { warnings: _, ...document } = campaign;
  const planned = new Map((plan?.experiments ?? []).map(({ spec, hypothesis }) => [spec.name, hypothesis]));
  const judged = (spec: ExperimentSpec): ExperimentSpec => {
    const hypothesis = planned.get(spec.name);
    return spec.hypothesis !== undefined || document.hypothesis.length > 0 || hypothesis === undefined ? spec : { ...spec, hypothesis };
  };
  const steps = document.steps.map((step): Step => {
    if (step.kind === 'experiment') return { ...step, experiment: judged(step.experiment) };
    return step.kind === 'parallel' ? { ...step, experiments: step.experiments.map(judged) } : step;
  });
  return withoutSecrets({ ...document, steps });
}

function withoutSecrets<T>(value: T): T {
  return JSON.parse(JSON.stringify(value), (_key, part: unknown) => (typeof part === 'string' ? redact(part) : part)) as T;
}
