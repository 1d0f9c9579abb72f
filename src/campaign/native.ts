import type { Campaign, ExperimentSpec, Step, Warning } from '../contracts/campaign.ts';
import type { SourceDocument } from './document.ts';
import { nameExperiments } from './experiment-names.ts';
import { issuesOf, optional } from './fields.ts';
import { formatPath, type Path, type Problem } from './problem.ts';
import { campaignDocument, type WrittenExperiment, type WrittenStep } from './schema.ts';

export type Interpreted = { ok: true; campaign: Campaign } | { ok: false; problems: Problem[] };

/** Reads a document of squall's own dialect. */
export function interpretNative(document: SourceDocument): Interpreted {
  const parsed = campaignDocument.safeParse(document.value);
  if (!parsed.success) return { ok: false, problems: issuesOf(parsed.error, document.value).map((issue) => document.problem(issue)) };
  const { metadata, spec } = parsed.data;
  const { target, policy, hypothesis, stopConditions, repeat, gate, seed } = spec;
  return {
    ok: true,
    campaign: {
      name: metadata.name,
      dialect: 'squall',
      target,
      policy,
      hypothesis,
      steps: nameSteps(spec.steps),
      ...optional({ stopConditions, repeat, gate, seed }),
      warnings: spec.steps.flatMap((step, index) => stepWarnings(step, ['spec', 'steps', index], document)),
    },
  };
}

function nameSteps(steps: WrittenStep[]): Step[] {
  const names = nameExperiments(steps.flatMap(experimentsOf));
  const named = ({ alias: _, ...experiment }: WrittenExperiment): ExperimentSpec => ({
    ...experiment,
    name: names.shift() ?? experiment.fault,
  });
  return steps.map((step): Step => {
    if (step.kind === 'wait' || step.kind === 'approval') return step;
    if (step.kind === 'parallel') return { kind: 'parallel', experiments: step.experiments.map(named) };
    return { kind: 'experiment', experiment: named(step.experiment) };
  });
}

function experimentsOf(step: WrittenStep): WrittenExperiment[] {
  if (step.kind === 'wait' || step.kind === 'approval') return [];
  return step.kind === 'parallel' ? step.experiments : [step.experiment];
}

function stepWarnings(step: WrittenStep, path: Path, document: SourceDocument): Warning[] {
  const place = (position: number): Path => (step.kind === 'parallel' ? [...path, 'parallel', position] : path);
  return experimentsOf(step).flatMap((experiment, position) =>
    aliasWarning(experiment, [...place(position), 'experiment', 'fault'], document),
  );
}

function aliasWarning(experiment: WrittenExperiment, path: Path, document: SourceDocument): Warning[] {
  if (experiment.alias === undefined) return [];
  const message = `${experiment.alias}; its name is ${experiment.fault}`;
  return [{ code: 'alias-used', path: formatPath(path), line: document.locate(path).line, message }];
}
