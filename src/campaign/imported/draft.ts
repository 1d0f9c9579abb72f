import type { ExperimentSpec, Step } from '../../contracts/campaign.ts';
import type { Path } from '../problem.ts';
import { nameOf, uniqueNames } from './names.ts';

/** An experiment of another dialect, before the campaign is known that it is a part of. */
export type Draft = Omit<ExperimentSpec, 'name'> & {
  /** what it is to be called; another experiment may be called the same */
  wish: string;
  about: About;
};

/** The workload one part of a document is about, and where it says so. */
export interface About {
  path: Path;
  namespace?: string;
  /** a label selector's requirements, one by one */
  requirements: string[];
  workload?: { kind: 'Deployment' | 'StatefulSet' | 'DaemonSet' | 'Pod'; name: string };
}

export type DraftStep = { kind: 'experiment'; draft: Draft } | { kind: 'parallel'; drafts: Draft[] } | { kind: 'wait'; durationMs: number };

/** Every draft of these steps, in their order. */
export function draftsOf(steps: readonly DraftStep[]): Draft[] {
  return steps.flatMap((step) => (step.kind === 'wait' ? [] : step.kind === 'parallel' ? step.drafts : [step.draft]));
}

/** The step that does these at the same time; none: no step. */
export function together(drafts: Draft[]): DraftStep[] {
  const [first, second] = drafts;
  if (first === undefined) return [];
  return [second === undefined ? { kind: 'experiment', draft: first } : { kind: 'parallel', drafts }];
}

/** The steps as a campaign has them, each experiment with a name of its own. `selections`: of the drafts, in their order. */
export function finishSteps(steps: readonly DraftStep[], selections: readonly ExperimentSpec['selection'][]): Step[] {
  const drafts = draftsOf(steps);
  const names = uniqueNames(drafts.map(({ wish, fault }) => nameOf(wish) ?? fault));
  let next = 0;
  const finish = ({ wish: _wish, about: _about, ...draft }: Draft): ExperimentSpec => {
    const index = next++;
    return { ...draft, name: names[index] ?? draft.fault, selection: selections[index] ?? draft.selection };
  };
  return steps.map((step): Step => {
    if (step.kind === 'wait') return step;
    if (step.kind === 'parallel') return { kind: 'parallel', experiments: step.drafts.map(finish) };
    return { kind: 'experiment', experiment: finish(step.draft) };
  });
}
