import type { ProbeSpec } from '../../contracts/campaign.ts';
import { isRecord } from '../document.ts';
import { type Draft, type DraftStep, draftsOf, together } from '../imported/draft.ts';
import { nameOf, uniqueNames } from '../imported/names.ts';
import type { LitmusNotes } from '../litmus-notes.ts';
import type { Path } from '../problem.ts';
import { oneOf } from '../suggest.ts';
import { describe, formatDuration, parseText } from '../units.ts';
import { chaosKinds, expectedKind, parseHold, readChaos } from './chaos.ts';
import { readRepeated } from './schedule.ts';
import { readStatusCheck, type StatusCheck } from './status-check.ts';

/** A template used twice is done twice; more steps than this are no campaign anybody reads. */
const maxSteps = 500;

/** What a template comes to. */
interface Part {
  steps: DraftStep[];
  /** those of a StatusCheck, for what is done beside it or before it */
  checks: StatusCheck[];
}

/** Reads the spec of a Workflow into steps. */
export function readWorkflow(notes: LitmusNotes, path: Path, homeNamespace: string | undefined): DraftStep[] {
  if (notes.mapping(path, { read: ['entry', 'templates'] }) === undefined) return [];
  const reader = new WorkflowReader(notes, [...path, 'templates'], homeNamespace);
  const entry = notes.read([...path, 'entry'], (value) => parseText(value, 'the-entry'));
  if (entry === undefined) return [];
  const part = reader.read(entry, [...path, 'entry'], []);
  reader.tellUnused();
  for (const check of part.checks) refuseCheck(notes, check);
  if (notes.problems.length === 0 && draftsOf(part.steps).length === 0) {
    notes.problem({
      path: [...path, 'entry'],
      found: `${describe(entry)}, which does no chaos`,
      expected: 'a template that leads to a chaos',
    });
  }
  return part.steps;
}

function refuseCheck(notes: LitmusNotes, { path }: StatusCheck): void {
  const expected =
    'mode Continuous beside a chaos in a Parallel, or mode Synchronous after a chaos in a Serial: it is a probe of that experiment';
  notes.problem({ path, found: 'a StatusCheck that no chaos has', expected });
}

class WorkflowReader {
  readonly #notes: LitmusNotes;
  readonly #path: Path;
  readonly #homeNamespace: string | undefined;
  readonly #places = new Map<string, number>();
  readonly #read = new Map<string, Part>();

  constructor(notes: LitmusNotes, path: Path, homeNamespace: string | undefined) {
    this.#notes = notes;
    this.#path = path;
    this.#homeNamespace = homeNamespace;
    for (const [index, template] of (notes.list(path) ?? []).entries()) {
      const place = [...path, index, 'name'];
      const name = isRecord(template) ? notes.read(place, (value) => parseText(value, 'kill-a-pod')) : undefined;
      if (!isRecord(template))
        notes.problem({ path: [...path, index], found: describe(template), expected: 'a template with name and templateType' });
      if (name === undefined) continue;
      if (this.#places.has(name)) notes.problem({ path: place, found: `${describe(name)} a second time`, expected: 'a name of its own' });
      else this.#places.set(name, index);
    }
  }

  /** @param from where the template is named; `above`: the templates that lead there */
  read(name: string, from: Path, above: readonly string[]): Part {
    const nothing: Part = { steps: [], checks: [] };
    const index = this.#places.get(name);
    if (index === undefined) {
      this.#notes.problem({ path: from, found: describe(name), expected: `a template, ${oneOf([...this.#places.keys()], name)}` });
      return nothing;
    }
    if (above.includes(name)) {
      this.#notes.problem({ path: from, found: `${name}, which leads to itself`, expected: 'templates that come to an end' });
      return nothing;
    }
    const known = this.#read.get(name);
    if (known !== undefined) return known;
    const part = this.#readTemplate(name, [...this.#path, index], [...above, name]);
    this.#read.set(name, part);
    return part;
  }

  /** What nothing leads to is not done, in Chaos Mesh neither. */
  tellUnused(): void {
    for (const [name, index] of this.#places) {
      if (!this.#read.has(name))
        this.#notes.warn('no-effect', [...this.#path, index], `${name} has no effect: the entry does not lead to it`);
    }
  }

  #readTemplate(name: string, path: Path, above: readonly string[]): Part {
    const notes = this.#notes;
    const type = notes.valueAt([...path, 'templateType']);
    const kind = chaosKinds.find((one) => one.kind === type);
    const common = ['name', 'templateType', 'deadline'];
    const deadlineMs = notes.readOptional([...path, 'deadline'], parseHold);
    const context = { homeNamespace: this.#homeNamespace, wish: name, ...(deadlineMs === undefined ? {} : { deadlineMs }) };
    if (kind !== undefined) {
      notes.mapping(path, { read: [...common, kind.key] });
      return { steps: together(readChaos(notes, kind, [...path, kind.key], context)), checks: [] };
    }
    switch (type) {
      case 'Serial':
      case 'Parallel':
        notes.mapping(path, { read: [...common, 'children'] });
        return this.#readChildren(path, above, type, deadlineMs);
      case 'Suspend':
        notes.mapping(path, { read: common });
        if (deadlineMs === undefined && notes.valueAt([...path, 'deadline']) === undefined) {
          notes.problem({ path, found: 'a Suspend without a deadline', expected: 'a deadline: how long it waits' });
        }
        return { steps: deadlineMs === undefined ? [] : [{ kind: 'wait', durationMs: deadlineMs }], checks: [] };
      case 'Schedule':
        notes.mapping(path, { read: [...common, 'schedule'] });
        return { steps: together(readRepeated(notes, [...path, 'schedule'], context)), checks: [] };
      case 'StatusCheck': {
        notes.mapping(path, { read: [...common, 'statusCheck', 'abortWithStatusCheck'] });
        const check = readStatusCheck(notes, path, nameOf(name) ?? 'status-check');
        return { steps: [], checks: check === undefined ? [] : [check] };
      }
      case 'Task':
        notes.problem({
          path: [...path, 'templateType'],
          found: 'Task',
          expected: 'no Task: squall runs no containers of yours, and has no branches; a probe of the hypothesis may judge instead',
        });
        return { steps: [], checks: [] };
      default: {
        const expected = expectedKind(type, ['Serial', 'Parallel', 'Suspend', 'Schedule', 'StatusCheck']);
        notes.problem({ path: [...path, 'templateType'], found: describe(type), expected });
        return { steps: [], checks: [] };
      }
    }
  }

  #readChildren(path: Path, above: readonly string[], type: 'Serial' | 'Parallel', deadlineMs: number | undefined): Part {
    const notes = this.#notes;
    const place = [...path, 'children'];
    const children = notes.list(place) ?? [];
    if (children.length === 0 && Array.isArray(notes.valueAt(place))) {
      notes.problem({ path: place, found: 'an empty list', expected: 'names of templates' });
    }
    const parts = children.map((child, index): Part => {
      if (typeof child === 'string') return this.read(child, [...place, index], above);
      notes.problem({ path: [...place, index], found: describe(child), expected: 'the name of a template' });
      return { steps: [], checks: [] };
    });
    if (parts.reduce((sum, { steps }) => sum + size(steps), 0) > maxSteps) {
      notes.problem({ path: place, found: `more than ${maxSteps} experiments`, expected: `at most ${maxSteps}` });
      return { steps: [], checks: [] };
    }
    const part = type === 'Serial' ? this.#serial(parts) : this.#parallel(parts, place);
    this.#tellDeadline(path, part.steps, deadlineMs);
    return part;
  }

  #serial(parts: readonly Part[]): Part {
    const steps: DraftStep[] = [];
    const left: StatusCheck[] = [];
    for (const part of parts) {
      for (const check of part.checks) {
        const last = steps.findLastIndex(({ kind }) => kind !== 'wait');
        const step = steps[last];
        if (check.continuous || step === undefined) left.push(check);
        else steps[last] = this.#withCheck(step, check);
      }
      steps.push(...part.steps);
    }
    return { steps, checks: left };
  }

  #parallel(parts: readonly Part[], place: Path): Part {
    for (const [index, { steps }] of parts.entries()) {
      const [only] = steps;
      if (steps.length > 1 || only?.kind === 'wait') {
        const found = steps.length > 1 ? `${steps.length} steps, one after another` : 'a wait';
        this.#notes.problem({ path: [...place, index], found, expected: 'a chaos: what is parallel in squall is single experiments' });
      }
    }
    const checks = parts.flatMap((part) => part.checks);
    let [step] = together(parts.flatMap(({ steps }) => draftsOf(steps)));
    const left: StatusCheck[] = [];
    for (const check of checks) {
      if (!check.continuous || step === undefined) left.push(check);
      else step = this.#withCheck(step, check);
    }
    return { steps: step === undefined ? [] : [step], checks: left };
  }

  #withCheck(step: DraftStep, check: StatusCheck): DraftStep {
    if (check.aborts) {
      const message =
        'abortWithStatusCheck: Chaos Mesh would end everything at once; squall ends the experiment in its time, and does not do what comes after';
      this.#notes.warn('chaos-mesh-differs', check.path, message);
    }
    const add = (draft: Draft): Draft => ({
      ...draft,
      hypothesis: withProbe(draft.hypothesis ?? [], check.probe),
      ...(check.aborts ? { onFailure: 'stop' as const } : {}),
    });
    if (step.kind === 'experiment') return { kind: 'experiment', draft: add(step.draft) };
    return step.kind === 'parallel' ? { kind: 'parallel', drafts: step.drafts.map(add) } : step;
  }

  /** The deadline of several together: of no effect where they are done by then anyway. */
  #tellDeadline(path: Path, steps: readonly DraftStep[], deadlineMs: number | undefined): void {
    if (deadlineMs === undefined) return;
    const place = [...path, 'deadline'];
    const neededMs = steps.reduce((sum, step) => sum + lengthOf(step), 0);
    if (neededMs > deadlineMs) {
      const expected = `at least ${formatDuration(neededMs)}, which its children take: squall ends each of them in its own time`;
      this.#notes.problem({ path: place, found: formatDuration(deadlineMs), expected });
      return;
    }
    this.#notes.warn(
      'no-effect',
      place,
      `deadline has no effect: its children take ${formatDuration(neededMs)}, and each ends in its own time`,
    );
  }
}

function withProbe(probes: readonly ProbeSpec[], probe: ProbeSpec): ProbeSpec[] {
  const names = uniqueNames([...probes, probe].map(({ name }) => name));
  return [...probes, probe].map((one, index) => ({ ...one, name: names[index] ?? one.name }));
}

function size(steps: readonly DraftStep[]): number {
  return steps.length + draftsOf(steps).length;
}

function lengthOf(step: DraftStep): number {
  if (step.kind === 'wait') return step.durationMs;
  return Math.max(...draftsOf([step]).map(({ durationMs }) => durationMs));
}
