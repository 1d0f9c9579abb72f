import { isRecord, type SourceDocument } from '../document.ts';
import { type DraftStep, draftsOf, finishSteps, together } from '../imported/draft.ts';
import { oneTarget } from '../imported/target.ts';
import { LitmusNotes } from '../litmus-notes.ts';
import type { Interpreted } from '../native.ts';
import type { Path } from '../problem.ts';
import { describe, parseName } from '../units.ts';
import { chaosKinds, expectedKind, readChaos } from './chaos.ts';
import type { ChaosKind } from './chaos-kind.ts';
import { readScheduleKeys } from './schedule.ts';
import { readWorkflow } from './workflow.ts';

const chaosMeshApiVersion = 'chaos-mesh.org/v1alpha1';
const pauseAnnotation = 'experiment.chaos-mesh.org/pause';

/** Whether this is meant to be a document of Chaos Mesh, whatever its version. */
export function isChaosMesh({ apiVersion, kind }: Record<string, unknown>): boolean {
  return (
    (typeof apiVersion === 'string' && apiVersion.startsWith('chaos-mesh.org/')) || (typeof kind === 'string' && kind.endsWith('Chaos'))
  );
}

/**
 * Reads a document of Chaos Mesh: a chaos, a Schedule or a Workflow. What squall cannot do is a problem that names it; where it does
 * something else than Chaos Mesh would, a warning says so.
 */
export function interpretChaosMesh(document: SourceDocument): Interpreted {
  const notes = new LitmusNotes(document);
  notes.mapping([], { read: ['apiVersion', 'kind', 'metadata', 'spec', 'status'] });
  const { apiVersion, kind } = isRecord(document.value) ? document.value : {};
  if (apiVersion !== chaosMeshApiVersion)
    notes.problem({ path: ['apiVersion'], found: describe(apiVersion), expected: chaosMeshApiVersion });
  const name = notes.read(['metadata', 'name'], (value) => parseName(value, 'kill-a-redis-pod'));
  const home = notes.readOptional(['metadata', 'namespace'], (value) => parseName(value, 'default'));
  const paused = notes.valueAt(['metadata', 'annotations', pauseAnnotation]);
  if (paused === 'true') {
    const path = ['metadata', 'annotations', pauseAnnotation];
    notes.problem({ path, found: 'a chaos that is paused', expected: 'no such annotation: squall starts what it is given' });
  }
  const steps = readSpec(notes, kind, home);
  const drafts = draftsOf(steps);
  const example = 'namespaces with one namespace and labelSelectors in the selector';
  const merged = drafts.length === 0 || notes.problems.length > 0 ? undefined : oneTarget(notes, drafts, [], ['spec'], example);
  if (notes.problems.length > 0 || name === undefined || merged === undefined) return { ok: false, problems: notes.problems };
  return {
    ok: true,
    campaign: {
      name,
      dialect: 'chaos-mesh',
      target: merged.target,
      policy: { optIn: 'none', protectedPods: [] },
      hypothesis: [],
      steps: finishSteps(steps, merged.selections),
      warnings: notes.warnings,
    },
  };
}

function readSpec(notes: LitmusNotes, kind: unknown, home: string | undefined): DraftStep[] {
  const chaos = chaosKinds.find((one) => one.kind === kind);
  if (chaos !== undefined) return stepsOf(notes, chaos, ['spec'], home);
  if (kind === 'Workflow') return readWorkflow(notes, ['spec'], home);
  if (kind === 'Schedule') return readSchedule(notes, ['spec'], home);
  notes.problem({ path: ['kind'], found: describe(kind), expected: expectedKind(kind, ['Schedule', 'Workflow']) });
  return [];
}

/** The chaos of a Schedule, once: squall runs a campaign when it is told to. */
function readSchedule(notes: LitmusNotes, path: Path, home: string | undefined): DraftStep[] {
  const keys = readScheduleKeys(notes, path, ['Workflow']);
  if (keys?.type === undefined) return [];
  if (keys.cron !== undefined) {
    const message = `schedule ${JSON.stringify(keys.cron)}: Chaos Mesh would do this again and again; squall runs it once, whenever it is started`;
    notes.warn('schedule-not-kept', [...path, 'schedule'], message);
  }
  if (keys.type === 'Workflow') return readWorkflow(notes, [...path, 'workflow'], home);
  const kind = chaosKinds.find((one) => one.kind === keys.type);
  return kind === undefined ? [] : stepsOf(notes, kind, [...path, kind.key], home);
}

function stepsOf(notes: LitmusNotes, kind: ChaosKind, path: Path, homeNamespace: string | undefined): DraftStep[] {
  return together(readChaos(notes, kind, path, { homeNamespace }));
}
