import type { Warning } from '../contracts/campaign.ts';
import { isRecord, type SourceDocument, valueAt } from './document.ts';
import { unknownKey } from './fields.ts';
import { formatPath, type Issue, type Path, type Problem } from './problem.ts';
import { describe, type Parsed } from './units.ts';

/** How the keys of a mapping of a foreign dialect are taken. */
export interface KeyTable {
  /** keys that mean something here */
  read: readonly string[];
  /** keys that are accepted and change nothing, with why */
  noEffect?: Record<string, string>;
  /** keys that ask for what squall cannot do, with what is possible instead */
  unsupported?: Record<string, string>;
}

/** Collects all problems and warnings of a document while it is read. */
export class LitmusNotes {
  readonly problems: Problem[] = [];
  readonly warnings: Warning[] = [];
  readonly #document: SourceDocument;

  constructor(document: SourceDocument) {
    this.#document = document;
  }

  problem(issue: Issue): void {
    this.problems.push(this.#document.problem(issue));
  }

  warn(code: string, path: Path, message: string): void {
    this.warnings.push({ code, path: formatPath(path), line: this.#document.locate(path).line, message });
  }

  valueAt(path: Path): unknown {
    return valueAt(this.#document.value, path);
  }

  /** The mapping at the path, its keys checked against the table. undefined, with a problem: there is no mapping. */
  mapping(path: Path, table: KeyTable): Record<string, unknown> | undefined {
    const value = this.valueAt(path);
    if (!isRecord(value)) {
      this.problem({ path, found: describe(value), expected: 'a mapping' });
      return undefined;
    }
    const { read, noEffect = {}, unsupported = {} } = table;
    for (const key of Object.keys(value)) {
      if (read.includes(key)) continue;
      const why = Object.hasOwn(noEffect, key) ? noEffect[key] : undefined;
      const instead = Object.hasOwn(unsupported, key) ? unsupported[key] : undefined;
      const known = [...read, ...Object.keys(noEffect), ...Object.keys(unsupported)];
      if (why !== undefined) this.warn('no-effect', [...path, key], `${key} has no effect: ${why}`);
      else if (instead !== undefined) this.problem({ path: [...path, key], found: key, expected: instead, onKey: true });
      else this.problem(unknownKey([...path, key], known));
    }
    return value;
  }

  /** The list at the path. undefined, with a problem: there is none. */
  list(path: Path): unknown[] | undefined {
    const value = this.valueAt(path);
    if (Array.isArray(value)) return value;
    this.problem({ path, found: describe(value), expected: 'a list' });
    return undefined;
  }

  /** The typed value at the path. undefined, with a problem: it is not one. */
  read<T>(path: Path, parse: (value: unknown) => Parsed<T>): T | undefined {
    const parsed = parse(this.valueAt(path));
    if (parsed.ok) return parsed.value;
    this.problem({ path, found: parsed.found, expected: parsed.expected });
    return undefined;
  }

  /** Like `read`, of a key that may be left out. */
  readOptional<T>(path: Path, parse: (value: unknown) => Parsed<T>): T | undefined {
    return this.valueAt(path) === undefined ? undefined : this.read(path, parse);
  }
}
