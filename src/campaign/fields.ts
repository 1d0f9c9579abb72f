import { z } from 'zod';
import { isRecord, valueAt } from './document.ts';
import type { Issue, Path } from './problem.ts';
import { oneOf } from './suggest.ts';
import { describe, type Parsed } from './units.ts';

/** What an issue raised here carries in `params`, so that its message can be made once its place is known. */
interface IssueParams {
  found?: string;
  expected?: string;
  /** the issue is an unknown key; these are the known ones */
  knownKeys?: string[];
}

/** A schema of one value, by a parser that gives a typed value or says what it expected. */
export function field<T>(parse: (value: unknown) => Parsed<T>): z.ZodType<T> {
  return z.unknown().transform((value, context): T => {
    const parsed = parse(value);
    if (parsed.ok) return parsed.value;
    raise(context, [], parsed.found, parsed.expected);
    return z.NEVER;
  });
}

/** A mapping with these keys and no others; each unknown key is an issue of its own, so that each gets its line. */
export function mapping<const T extends z.core.$ZodLooseShape>(shape: T): z.ZodObject<T, z.core.$strict> {
  const params: IssueParams = { knownKeys: Object.keys(shape) };
  const unknownKey = z.custom<never>(() => false, { params });
  return z.object(shape).catchall(unknownKey) as unknown as z.ZodObject<T, z.core.$strict>;
}

/**
 * A mapping whose keys also have to fit each other. `check` is given those that are right by themselves,
 * whatever else is wrong, so that no mistake hides another.
 */
export function checkedMapping<const T extends z.core.$ZodLooseShape>(
  shape: T,
  check: (given: Partial<z.output<z.ZodObject<T, z.core.$strict>>>, context: z.core.$RefinementCtx) => void,
): z.ZodType<z.output<z.ZodObject<T, z.core.$strict>>> {
  const schema = mapping(shape);
  type Output = z.output<typeof schema>;
  return z.unknown().transform((value, context): Output => {
    const parsed = parsePart(schema as unknown as z.ZodType<Output>, value, context, []);
    if (isRecord(value)) {
      const given: Record<string, unknown> = {};
      for (const [key, keySchema] of Object.entries(schema.shape)) {
        const result = z.safeParse(keySchema as z.core.$ZodType, Object.hasOwn(value, key) ? value[key] : undefined);
        if (result.success) given[key] = result.data;
      }
      check(given as Partial<Output>, context);
    }
    return parsed ?? z.NEVER;
  });
}

/** Raises an issue from within a transform. */
export function raise(context: z.core.$RefinementCtx, path: Path, found: string, expected: string): void {
  const params: IssueParams = { found, expected };
  context.addIssue({ code: 'custom', path, params });
}

/** Parses a part whose schema depends on another part, its issues becoming the whole's. undefined: there were issues. */
export function parsePart<T>(schema: z.ZodType<T>, value: unknown, context: z.core.$RefinementCtx, path: Path): T | undefined {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  for (const issue of issuesOf(result.error, value)) {
    const params: IssueParams = { found: issue.found, expected: issue.expected };
    context.addIssue({ code: 'custom', path: [...path, ...issue.path], params: issue.onKey ? { ...params, onKey: true } : params });
  }
  return undefined;
}

export interface ListOptions {
  min?: number;
  /** the name an item goes by, read from what was written, and where it is written; no two may have the same */
  nameOf?: (written: unknown) => { name: unknown; path: Path };
}

/** A list whose items' mistakes are all found, also when names clash or other items are wrong. */
export function list<T>(item: z.ZodType<T>, options: ListOptions = {}): z.ZodType<T[]> {
  const { min = 0, nameOf } = options;
  return z.unknown().transform((value, context): T[] => {
    if (!Array.isArray(value) || value.length < min) {
      raise(context, [], describe(value), min === 0 ? 'a list' : `a list of at least ${min}`);
      return z.NEVER;
    }
    const names = new Set<string>();
    const items: T[] = [];
    for (const [index, written] of value.entries()) {
      const parsed = parsePart(item, written, context, [index]);
      if (parsed !== undefined) items.push(parsed);
      const { name, path } = nameOf?.(written) ?? { name: undefined, path: [] };
      if (typeof name !== 'string') continue;
      if (names.has(name)) raise(context, [index, ...path], `the name ${describe(name)} a second time`, 'a name of its own');
      names.add(name);
    }
    return items;
  });
}

/** The given keys without those that are undefined, as exact optional properties want it. */
export function optional<T extends Record<string, unknown>>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

/** zod's issues in the words of this project. `root` is what was parsed. */
export function issuesOf(error: z.ZodError, root: unknown): Issue[] {
  return error.issues.map((issue) => {
    const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
    const value = valueAt(root, path);
    if (issue.code === 'custom') {
      const { knownKeys, found, expected, onKey } = (issue.params ?? {}) as IssueParams & { onKey?: boolean };
      if (knownKeys !== undefined) return unknownKey(path, knownKeys);
      return { path, found: found ?? describe(value), expected: expected ?? issue.message, ...(onKey ? { onKey } : {}) };
    }
    return { path, found: describe(value), expected: expectedBy(issue) };
  });
}

/** The issue of a key nobody reads. */
export function unknownKey(path: Path, knownKeys: readonly string[]): Issue {
  const key = String(path.at(-1));
  const expected = knownKeys.length === 0 ? 'no key here' : oneOf(knownKeys, key);
  return { path, found: `the unknown key ${describe(key)}`, expected, onKey: true };
}

function expectedBy(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') {
    const names: Record<string, string> = { object: 'a mapping', record: 'a mapping', array: 'a list', string: 'text' };
    return names[issue.expected] ?? issue.expected;
  }
  if (issue.code === 'too_small' && issue.origin === 'array') return `a list of at least ${issue.minimum}`;
  return issue.message;
}
