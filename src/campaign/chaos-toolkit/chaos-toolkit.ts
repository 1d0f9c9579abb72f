import { isRecord, type SourceDocument } from '../document.ts';
import { draftsOf, finishSteps } from '../imported/draft.ts';
import { nameOf } from '../imported/names.ts';
import { oneTarget } from '../imported/target.ts';
import { LitmusNotes } from '../litmus-notes.ts';
import type { Interpreted } from '../native.ts';
import { describe, parseText } from '../units.ts';
import { refuseControls } from './activity.ts';
import { readConfiguration, substitute } from './configuration.ts';
import { readHypothesis } from './hypothesis.ts';
import { readMethod, readRollbacks } from './method.ts';

const rootKeys = {
  read: [
    'version',
    'title',
    'description',
    'tags',
    'contributions',
    'configuration',
    'secrets',
    'controls',
    'runtime',
    'steady-state-hypothesis',
    'method',
    'rollbacks',
  ],
  noEffect: { extensions: 'squall has none of Chaos Toolkit', dry: 'squall plans a campaign before it runs it' },
};

/** Whether this is meant to be an experiment of Chaos Toolkit, which says neither kind nor version of an API. */
export function isChaosToolkit(document: Record<string, unknown>): boolean {
  if (document.apiVersion !== undefined || document.kind !== undefined) return false;
  return Object.hasOwn(document, 'method') || Object.hasOwn(document, 'steady-state-hypothesis');
}

/**
 * Reads an experiment of Chaos Toolkit with its extension for Kubernetes. What squall cannot do is a problem that names it; where it
 * does something else than Chaos Toolkit would, a warning says so.
 */
export function interpretChaosToolkit(written: SourceDocument): Interpreted {
  const ofConfiguration = new LitmusNotes(written);
  const document = substitute(written, ofConfiguration, readConfiguration(ofConfiguration));
  const notes = new LitmusNotes(document);
  notes.mapping([], rootKeys);
  const title = notes.read(['title'], (value) => parseText(value, 'A pod of redis is lost'));
  refuseControls(notes, ['controls']);
  readSecrets(notes);
  const hypothesis = readHypothesis(notes);
  const steps = readMethod(notes, ['method']);
  const drafts = draftsOf(steps);
  readRollbacks(notes, ['rollbacks'], new Set(drafts.map(({ fault }) => fault)));
  const example =
    'the workload under test: label_selector and ns of an action, or of a probe such as pods_in_phase or deployment_available_and_healthy';
  const merged = notes.problems.length > 0 ? undefined : oneTarget(notes, drafts, hypothesis.abouts, ['method'], example);
  const { problems: first } = ofConfiguration;
  if (first.length > 0 || notes.problems.length > 0 || title === undefined || merged === undefined) {
    // a value that is missing is not a wrong one as well
    return { ok: false, problems: [...first, ...notes.problems.filter(({ path }) => first.every((other) => other.path !== path))] };
  }
  return {
    ok: true,
    campaign: {
      name: nameOf(title) ?? 'experiment',
      dialect: 'chaos-toolkit',
      target: merged.target,
      policy: { optIn: 'none', protectedPods: [] },
      hypothesis: hypothesis.probes,
      steps: finishSteps(steps, merged.selections),
      warnings: notes.warnings,
    },
  };
}

/** Secrets that choose a cluster would be of consequence, and squall has no others to use. */
function readSecrets(notes: LitmusNotes): void {
  const secrets = notes.valueAt(['secrets']);
  if (secrets === undefined || secrets === null) return;
  if (!isRecord(secrets)) {
    notes.problem({ path: ['secrets'], found: describe(secrets), expected: 'a mapping' });
    return;
  }
  for (const [group, values] of Object.entries(secrets)) {
    const ofCluster = [group, ...(isRecord(values) ? Object.keys(values) : [])].find((key) => key.startsWith('KUBERNETES_'));
    if (ofCluster !== undefined) {
      const expected = 'no access to a cluster: squall runs a campaign on the cluster it is started for, with rights of its own';
      notes.problem({ path: ['secrets', group], found: ofCluster, expected });
    } else notes.warn('no-effect', ['secrets', group], `${group} has no effect: squall has no use for secrets`);
  }
}
