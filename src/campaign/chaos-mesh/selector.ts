import type { Selection } from '../../contracts/campaign.ts';
import { isRecord } from '../document.ts';
import { optional } from '../fields.ts';
import type { About } from '../imported/draft.ts';
import { parseLabelSelector } from '../label-selector.ts';
import type { KeyTable, LitmusNotes } from '../litmus-notes.ts';
import type { Path } from '../problem.ts';
import { bad, describe, good, type Parsed, parseChoice, parseInteger, parseList, parseName, parsePercent } from '../units.ts';

const selectorKeys: KeyTable = {
  read: ['namespaces', 'labelSelectors', 'expressionSelectors', 'fieldSelectors', 'nodes', 'nodeSelectors', 'pods', 'podPhaseSelectors'],
  unsupported: { annotationSelectors: 'labelSelectors or expressionSelectors: squall chooses pods by labels, not by annotations' },
};
const modes = ['one', 'all', 'fixed', 'fixed-percent', 'random-max-percent'] as const;

/** The keys by which a chaos says what it acts on. */
export const selectorParts = ['selector', 'mode', 'value'] as const;

export interface ReadSelector {
  about: About;
  selection: Selection;
}

/**
 * A chaos's `selector`, `mode` and `value`.
 * @param path the mapping they are in
 * @param homeNamespace the namespace of the document, which holds where the selector names none
 */
export function readSelector(notes: LitmusNotes, path: Path, homeNamespace: string | undefined): ReadSelector | undefined {
  const place = [...path, 'selector'];
  const amount = readMode(notes, path);
  if (notes.mapping(place, selectorKeys) === undefined) return undefined;
  const before = notes.problems.length;
  const requirements = [...readLabels(notes, [...place, 'labelSelectors']), ...readExpressions(notes, [...place, 'expressionSelectors'])];
  const fields = readFields(notes, [...place, 'fieldSelectors']);
  const listed = notes.readOptional([...place, 'nodes'], (value) => parseList(value, 'worker-1'));
  const nodeLabels = readLabels(notes, [...place, 'nodeSelectors']);
  readPhases(notes, [...place, 'podPhaseSelectors']);
  const pods = readPods(notes, [...place, 'pods']);
  const namespace = readNamespace(notes, place, pods?.namespace, homeNamespace);
  const names = pods?.names ?? fields.names;
  if (pods !== undefined && (requirements.length > 0 || nodeLabels.length > 0 || listed !== undefined)) {
    const message = 'Chaos Mesh takes the pods named and leaves the other selectors out; squall takes those of them that fit them all';
    notes.warn('chaos-mesh-differs', [...place, 'pods'], message);
  }
  if (requirements.length === 0 && names?.length !== 1 && notes.problems.length === before) {
    const found = names === undefined ? 'no labels' : `${names.length} pods by name and no labels`;
    const expected = 'labelSelectors or expressionSelectors: squall acts on one workload, whose pods they are';
    notes.problem({ path: place, found, expected });
  }
  const [name = ''] = names ?? [];
  const nodes = listed ?? fields.nodes;
  return {
    about: {
      path: place,
      requirements,
      ...(namespace === undefined ? {} : { namespace }),
      ...(requirements.length === 0 && name !== '' ? { workload: { kind: 'Pod', name } } : {}),
    },
    selection: {
      ...optional({ names, nodes, nodeSelector: nodeLabels.length === 0 ? undefined : nodeLabels.join(',') }),
      // one of one is that one
      ...(names?.length === 1 && amount.count === 1 ? {} : amount),
    },
  };
}

/** Equalities of a mapping of labels: `app=redis`. */
export function readLabels(notes: LitmusNotes, path: Path): string[] {
  const value = notes.valueAt(path);
  if (value === undefined || value === null) return [];
  if (!isRecord(value)) {
    notes.problem({ path, found: describe(value), expected: 'a mapping of labels, for example app: redis' });
    return [];
  }
  return Object.keys(value).flatMap((key) => {
    const requirement = notes.read([...path, key], (label) =>
      typeof label === 'string' && !/[,\s()]/.test(label + key)
        ? parseLabelSelector(`${key}=${label}`)
        : bad(label, `the value of the label ${key}`),
    );
    return requirement ?? [];
  });
}

const operators = { In: 'in', NotIn: 'notin', Exists: '', DoesNotExist: '!' } as const;

export function readExpressions(notes: LitmusNotes, path: Path): string[] {
  const value = notes.valueAt(path);
  if (value === undefined || value === null) return [];
  return [...(notes.list(path) ?? []).keys()].flatMap((index) => {
    const item = [...path, index];
    if (notes.mapping(item, { read: ['key', 'operator', 'values'] }) === undefined) return [];
    const key = notes.read([...item, 'key'], (written) =>
      typeof written === 'string' && !/[,\s()=!]/.test(written) ? parseLabelSelector(written) : bad(written, 'the key of a label'),
    );
    const operator = notes.read([...item, 'operator'], (written) => parseChoice(written, ['In', 'NotIn', 'Exists', 'DoesNotExist']));
    if (operator === undefined) return [];
    const takesValues = operator === 'In' || operator === 'NotIn';
    const values = notes.valueAt([...item, 'values']);
    if (!takesValues) {
      if (Array.isArray(values) && values.length > 0) {
        notes.problem({ path: [...item, 'values'], found: 'values', expected: `none with the operator ${operator}` });
      }
      return key === undefined ? [] : [`${operators[operator]}${key}`];
    }
    const listed = notes.read([...item, 'values'], (written) => parseValues(written));
    return key === undefined || listed === undefined ? [] : [`${key} ${operators[operator]} (${listed.join(',')})`];
  });
}

function parseValues(value: unknown): Parsed<string[]> {
  const expected = 'a list of values of the label';
  if (!Array.isArray(value) || value.length === 0) return bad(value, expected);
  for (const one of value) {
    if (typeof one !== 'string' || !parseLabelSelector(`key in (${one})`).ok || one.includes(',')) return bad(one, expected);
  }
  return good(value as string[]);
}

/** Names of pods and nodes by fields, the only ones squall can choose by. */
function readFields(notes: LitmusNotes, path: Path): { names?: string[]; nodes?: string[] } {
  const value = notes.valueAt(path);
  if (value === undefined || value === null) return {};
  if (notes.mapping(path, { read: ['metadata.name', 'spec.nodeName'] }) === undefined) return {};
  const read = (key: string) => notes.readOptional([...path, key], (name) => parseList(typeof name === 'string' ? [name] : name));
  return optional({ names: read('metadata.name'), nodes: read('spec.nodeName') });
}

function readPhases(notes: LitmusNotes, path: Path): void {
  const value = notes.valueAt(path);
  if (value === undefined || value === null) return;
  for (const index of (notes.list(path) ?? []).keys()) {
    notes.read([...path, index], (phase) => (phase === 'Running' ? good(phase) : bad(phase, 'Running: squall acts on pods that run')));
  }
}

/** `pods`: names by namespace. */
function readPods(notes: LitmusNotes, path: Path): { namespace: string; names: string[] } | undefined {
  const value = notes.valueAt(path);
  if (value === undefined || value === null) return undefined;
  const namespaces = isRecord(value) ? Object.keys(value) : [];
  const [namespace, second] = namespaces;
  if (namespace === undefined || second !== undefined) {
    const found = isRecord(value) ? `${namespaces.length} namespaces` : describe(value);
    notes.problem({ path, found, expected: 'one namespace with the names of its pods: squall takes one workload per campaign' });
    return undefined;
  }
  const names = notes.read([...path, namespace], (list) => parseList(list, 'redis-0'));
  return names === undefined ? undefined : { namespace, names };
}

function readNamespace(notes: LitmusNotes, place: Path, ofPods: string | undefined, home: string | undefined): string | undefined {
  const path = [...place, 'namespaces'];
  const value = notes.valueAt(path);
  if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) {
    const namespace = ofPods ?? home;
    if (namespace === undefined) {
      notes.problem({
        path: place,
        found: 'no namespaces',
        expected: 'one namespace, or metadata.namespace, which it then is: none is guessed',
      });
    } else if (!parseName(namespace, 'default').ok) {
      notes.problem({ path: place, found: describe(namespace), expected: 'the name of a namespace' });
    }
    return namespace;
  }
  const namespaces = notes.read(path, (list) => parseList(list, 'default'));
  const [namespace = ''] = namespaces ?? [];
  if (namespaces === undefined) return undefined;
  if (namespaces.length > 1) {
    notes.problem({ path, found: `${namespaces.length} namespaces`, expected: 'one namespace: squall takes one workload per campaign' });
    return undefined;
  }
  const parsed = notes.read([...path, ...(Array.isArray(value) ? [0] : [])], () => parseName(namespace, 'default'));
  if (ofPods !== undefined && parsed !== undefined && ofPods !== parsed) {
    notes.problem({ path: [...place, 'pods'], found: `pods of ${ofPods}`, expected: `pods of ${parsed}, the namespace of the selector` });
  }
  return parsed;
}

function readMode(notes: LitmusNotes, path: Path): Pick<Selection, 'count' | 'percent'> {
  const mode = notes.read([...path, 'mode'], (value) => parseChoice(value, modes));
  const place = [...path, 'value'];
  const value = notes.valueAt(place);
  switch (mode) {
    case undefined:
      return {};
    case 'one':
    case 'all':
      if (value !== undefined && value !== null && value !== '') {
        notes.warn('no-effect', place, `value has no effect: the mode is ${mode}`);
      }
      return mode === 'one' ? { count: 1 } : {};
    case 'fixed':
      return optional({ count: notes.read(place, (written) => parseInteger(written, { min: 1 })) });
    case 'random-max-percent':
      notes.warn('chaos-mesh-differs', place, 'Chaos Mesh would draw how many, up to that share; squall always takes the whole share');
      return optional({ percent: notes.read(place, parseShare) });
    case 'fixed-percent':
      return optional({ percent: notes.read(place, parseShare) });
  }
}

function parseShare(value: unknown): Parsed<number> {
  const percent = parsePercent(value, { min: 1 });
  return percent.ok ? percent : bad(value, 'a percentage from 1 to 100, for example "50"');
}
