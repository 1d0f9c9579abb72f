import type { Campaign, CampaignTarget, ExperimentSpec, Step, Warning } from '../contracts/campaign.ts';
import type { SourceDocument } from './document.ts';
import { nameExperiments } from './experiment-names.ts';
import { issuesOf, optional } from './fields.ts';
import { otherTarget, targetIssues } from './other-target.ts';
import { formatPath, type Path, type Problem } from './problem.ts';
import { campaignDocument, type WrittenExperiment, type WrittenStep } from './schema.ts';

export type Interpreted = { ok: true; campaign: Campaign } | { ok: false; problems: Problem[] };

/** Reads a document of squall's own dialect. */
export function interpretNative(document: SourceDocument): Interpreted {
  const parsed = campaignDocument.safeParse(document.value);
  if (!parsed.success) return { ok: false, problems: issuesOf(parsed.error, document.value).map((issue) => document.problem(issue)) };
  const { metadata, spec } = parsed.data;
  const { target, policy, hypothesis, stopConditions, preflight, repeat, gate, seed } = spec;
  const written = spec.steps.flatMap((step, index) => {
    const path: Path = ['spec', 'steps', index];
    return experimentsOf(step).map((experiment, position) => ({ experiment, path: [...placeOf(step, path, position), 'experiment'] }));
  });
  const issues = targetIssues(target, written);
  if (issues.length > 0) return { ok: false, problems: issues.map((issue) => document.problem(issue)) };
  return {
    ok: true,
    campaign: {
      name: metadata.name,
      dialect: 'squall',
      target,
      policy,
      hypothesis,
      steps: nameSteps(spec.steps, target),
      ...optional({ stopConditions, preflight, repeat, gate, seed }),
      warnings: spec.steps.flatMap((step, index) => stepWarnings(step, ['spec', 'steps', index], document)),
    },
  };
}

function nameSteps(steps: WrittenStep[], target: CampaignTarget): Step[] {
  const names = nameExperiments(steps.flatMap(experimentsOf));
  const named = ({ alias: _, cluster, workload, ...experiment }: WrittenExperiment): ExperimentSpec => ({
    ...experiment,
    ...optional({ target: otherTarget(target, { cluster, workload }) }),
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
  return experimentsOf(step).flatMap((experiment, position) =>
    aliasWarning(experiment, [...placeOf(step, path, position), 'experiment', 'fault'], document),
  );
}

function placeOf(step: WrittenStep, path: Path, position: number): Path {
  return step.kind === 'parallel' ? [...path, 'parallel', position] : path;
}

function aliasWarning(experiment: WrittenExperiment, path: Path, document: SourceDocument): Warning[] {
  if (experiment.alias === undefined) return [];
  const message = `${experiment.alias}; its name is ${experiment.fault}`;
  return [{ code: 'alias-used', path: formatPath(path), line: document.locate(path).line, message }];
}
