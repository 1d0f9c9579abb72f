import { isRecord, type SourceDocument } from '../document.ts';
import type { LitmusNotes } from '../litmus-notes.ts';
import type { Path } from '../problem.ts';
import { oneOf } from '../suggest.ts';
import { describe } from '../units.ts';

/** Where values of the configuration may stand. */
const substituted = ['steady-state-hypothesis', 'method', 'rollbacks'];
/** A document of at most 256 KiB may not become much more by what it repeats. */
const maxCharacters = 2 ** 20;

/** What `${name}` and `$name` stand for: the literal values of `configuration`. Others are problems. */
export function readConfiguration(notes: LitmusNotes): Map<string, unknown> {
  const values = new Map<string, unknown>();
  const written = notes.valueAt(['configuration']);
  if (written === undefined || written === null) return values;
  if (!isRecord(written)) {
    notes.problem({ path: ['configuration'], found: describe(written), expected: 'a mapping of names to values' });
    return values;
  }
  for (const [name, value] of Object.entries(written)) {
    values.set(name, value);
    if (!isRecord(value) || !Object.hasOwn(value, 'type')) continue;
    const found = `a value of type ${typeof value.type === 'string' ? value.type : describe(value.type)}`;
    notes.problem({ path: ['configuration', name], found, expected: `the value itself: squall takes ${name} from nowhere else` });
  }
  return values;
}

/** The document with the configuration's values in their places; what is wrong with one is a problem where it is used. */
export function substitute(document: SourceDocument, notes: LitmusNotes, configuration: ReadonlyMap<string, unknown>): SourceDocument {
  if (!isRecord(document.value)) return document;
  let characters = 0;
  const names = [...configuration.keys()];
  const unknown = (name: string, path: Path) => {
    const expected =
      names.length === 0 ? 'the value itself: there is no configuration' : `a name of the configuration, ${oneOf(names, name)}`;
    notes.problem({ path, found: `\${${name}}`, expected });
  };
  const inText = (text: string, path: Path): unknown => {
    const whole = /^\$(?:\{([a-z_]\w*)\}|([a-z_]\w*))$/i.exec(text);
    const name = whole?.[1] ?? whole?.[2];
    if (name !== undefined && configuration.has(name)) return configuration.get(name);
    return text.replaceAll(
      /\$(?:(\$)|\{([a-z_]\w*)\}|([a-z_]\w*))/gi,
      (match, dollar, braced: string | undefined, bare: string | undefined) => {
        if (dollar !== undefined) return '$';
        const key = braced ?? bare ?? '';
        if (!configuration.has(key)) {
          // without braces it may be text, of a shell for example
          if (braced !== undefined) unknown(braced, path);
          return match;
        }
        const value = configuration.get(key);
        const shown = typeof value === 'string' ? value : JSON.stringify(value);
        characters += shown.length;
        return characters > maxCharacters ? '' : shown;
      },
    );
  };
  const inValue = (value: unknown, path: Path): unknown => {
    if (typeof value === 'string') return inText(value, path);
    if (Array.isArray(value)) return value.map((item, index) => inValue(item, [...path, index]));
    if (isRecord(value)) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inValue(item, [...path, key])]));
    return value;
  };
  const entries = Object.entries(document.value).map(([key, value]) => [key, substituted.includes(key) ? inValue(value, [key]) : value]);
  if (characters > maxCharacters) {
    const expected = `at most ${maxCharacters} characters`;
    notes.problem({ path: ['configuration'], found: `values that become ${characters} characters where they are used`, expected });
  }
  return { ...document, value: Object.fromEntries(entries) };
}
