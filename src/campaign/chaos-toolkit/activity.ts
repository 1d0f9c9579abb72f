import { isRecord } from '../document.ts';
import type { LitmusNotes } from '../litmus-notes.ts';
import type { Path } from '../problem.ts';
import { describe, parseBoolean, parseChoice, parseDuration, parseName, parseText } from '../units.ts';

/** One activity of a method, a hypothesis or the rollbacks, with where its parts stand. */
export interface Activity {
  name: string;
  path: Path;
  provider: PythonProvider | { type: 'http'; path: Path };
  beforeMs: number;
  afterMs: number;
}

export interface PythonProvider {
  type: 'python';
  /** `chaosk8s.pod.actions` */
  module: string;
  /** `terminate_pods` */
  func: string;
  /** where the function is named */
  path: Path;
  arguments: Arguments;
}

/** The arguments of a function of Python, of which null is none. */
export class Arguments {
  readonly path: Path;
  readonly #notes: LitmusNotes;

  constructor(notes: LitmusNotes, path: Path) {
    this.#notes = notes;
    this.path = path;
  }

  at(name: string): Path {
    return [...this.path, name];
  }

  /** undefined: not given */
  value(name: string): unknown {
    const value = this.#notes.valueAt(this.at(name));
    return value === null ? undefined : value;
  }

  /** @param known the names there are; `unsupported`: those among them that ask for too much, with what is possible instead */
  check(known: readonly string[], unsupported: Record<string, string> = {}): boolean {
    if (this.#notes.valueAt(this.path) === undefined || this.#notes.valueAt(this.path) === null) return true;
    const asked = Object.fromEntries(Object.entries(unsupported).filter(([name]) => this.value(name) !== undefined));
    return (
      this.#notes.mapping(this.path, {
        read: [...known, ...Object.keys(unsupported).filter((name) => !Object.hasOwn(asked, name))],
        unsupported: asked,
      }) !== undefined
    );
  }

  /** The namespace, `ns`, which is `default` when it is not given. */
  namespace(name = 'ns'): string | undefined {
    return this.value(name) === undefined ? 'default' : this.#notes.read(this.at(name), (value) => parseName(value, 'default'));
  }

  flag(name: string): boolean {
    return this.value(name) === undefined ? false : (this.#notes.read(this.at(name), parseBoolean) ?? false);
  }
}

/** Reads what all activities have. undefined, with a problem: it is none that can be read. */
export function readActivity(notes: LitmusNotes, path: Path, type: 'probe' | 'action'): Activity | undefined {
  const value = notes.valueAt(path);
  if (isRecord(value) && value.ref !== undefined) {
    const expected = 'the activity itself: in a method squall does actions; what is measured belongs into the steady-state-hypothesis';
    notes.problem({ path: [...path, 'ref'], found: `a reference to ${describe(value.ref)}`, expected });
    return undefined;
  }
  const table = {
    read: ['type', 'name', 'provider', 'pauses', 'background', 'controls', ...(type === 'probe' ? ['tolerance'] : [])],
    noEffect: { dry: 'squall plans a campaign before it runs it' },
  };
  if (notes.mapping(path, table) === undefined) return undefined;
  const name = notes.read([...path, 'name'], (text) => parseText(text, 'terminate-a-pod'));
  const kind = notes.read([...path, 'type'], (word) => parseChoice(word, ['probe', 'action']));
  if (kind !== undefined && kind !== type) {
    const expected =
      type === 'action'
        ? 'an action: what is measured belongs into the steady-state-hypothesis, whose probes squall samples before, during or after a fault'
        : 'a probe: what is done belongs into the method';
    notes.problem({ path: [...path, 'type'], found: kind === 'probe' ? 'a probe' : 'an action', expected });
    return undefined;
  }
  refuseControls(notes, [...path, 'controls']);
  if (notes.readOptional([...path, 'background'], parseBoolean) === true) {
    const expected = 'false: squall does one action after another; a squall.dev/v1 Campaign has parallel steps';
    notes.problem({ path: [...path, 'background'], found: 'true', expected });
  }
  const pauses = readPauses(notes, [...path, 'pauses']);
  const provider = readProvider(notes, [...path, 'provider']);
  return name === undefined || provider === undefined ? undefined : { name, path, provider, ...pauses };
}

/** Controls run code of their own around what is done: there is nothing like it. */
export function refuseControls(notes: LitmusNotes, path: Path): void {
  const value = notes.valueAt(path);
  if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) return;
  notes.problem({
    path,
    found: 'controls',
    expected: 'none: squall runs no code of yours; its events and reports tell what was done',
    onKey: true,
  });
}

function readPauses(notes: LitmusNotes, path: Path): { beforeMs: number; afterMs: number } {
  const value = notes.valueAt(path);
  if (value === undefined || value === null || notes.mapping(path, { read: ['before', 'after'] }) === undefined)
    return { beforeMs: 0, afterMs: 0 };
  const read = (key: string) => {
    const pause = notes.valueAt([...path, key]);
    if (pause === undefined || pause === null || pause === 0) return 0;
    return notes.read([...path, key], (seconds) => parseDuration(seconds, { bareUnit: 's', minMs: 1000, maxMs: 24 * 3_600_000 })) ?? 0;
  };
  return { beforeMs: read('before'), afterMs: read('after') };
}

function readProvider(notes: LitmusNotes, path: Path): Activity['provider'] | undefined {
  if (!isRecord(notes.valueAt(path))) {
    notes.problem({ path, found: describe(notes.valueAt(path)), expected: 'a provider, a mapping' });
    return undefined;
  }
  const type = notes.valueAt([...path, 'type']);
  if (type === 'http') return { type, path };
  if (type !== 'python') {
    notes.problem({
      path: [...path, 'type'],
      found: describe(type),
      expected: 'python, with a function of chaosk8s, or http for a probe: squall runs no process of yours',
    });
    return undefined;
  }
  notes.mapping(path, { read: ['type', 'module', 'func', 'arguments', 'secrets'] });
  const module = notes.read([...path, 'module'], (value) => parseText(value, 'chaosk8s.pod.actions'));
  const func = notes.read([...path, 'func'], (value) => parseText(value, 'terminate_pods'));
  if (module === undefined || func === undefined) return undefined;
  if (!/^chaosk8s(\.|$)/.test(module)) {
    notes.problem({ path: [...path, 'module'], found: describe(module), expected: 'a module of chaosk8s, the extension for Kubernetes' });
    return undefined;
  }
  return { type, module, func, path: [...path, 'func'], arguments: new Arguments(notes, [...path, 'arguments']) };
}
