import type { Campaign, Step, Warning } from '../contracts/campaign.ts';
import type { SourceDocument } from './document.ts';
import { nameExperiments } from './experiment-names.ts';
import { issuesOf, optional } from './fields.ts';
import { formatPath, type Path, type Problem } from './problem.ts';
import { campaignDocument, type WrittenStep } from './schema.ts';

export type Interpreted = { ok: true; campaign: Campaign } | { ok: false; problems: Problem[] };

/** Reads a document of squall's own dialect. */
export function interpretNative(document: SourceDocument): Interpreted {
  const parsed = campaignDocument.safeParse(document.value);
  if (!parsed.success) return { ok: false, problems: issuesOf(parsed.error, document.value).map((issue) => document.problem(issue)) };
  const { metadata, spec } = parsed.data;
  const { target, policy, hypothesis, gate, seed } = spec;
  return {
    ok: true,
    campaign: {
      name: metadata.name,
      dialect: 'squall',
      target,
      policy,
      hypothesis,
      steps: nameSteps(spec.steps),
      ...optional({ gate, seed }),
      warnings: spec.steps.flatMap((step, index) => aliasWarning(step, ['spec', 'steps', index, 'experiment', 'fault'], document)),
    },
  };
}

function nameSteps(steps: WrittenStep[]): Step[] {
  const names = nameExperiments(steps.flatMap((step) => (step.kind === 'experiment' ? [step.experiment] : [])));
  return steps.map((step): Step => {
    if (step.kind === 'wait') return step;
    const { alias: _, ...experiment } = step.experiment;
    return { kind: 'experiment', experiment: { ...experiment, name: names.shift() ?? experiment.fault } };
  });
}

function aliasWarning(step: WrittenStep, path: Path, document: SourceDocument): Warning[] {
  if (step.kind !== 'experiment' || step.experiment.alias === undefined) return [];
  const message = `${step.experiment.alias}; its name is ${step.experiment.fault}`;
  return [{ code: 'alias-used', path: formatPath(path), line: document.locate(path).line, message }];
}
