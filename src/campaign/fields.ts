import { z } from 'zod';
import { valueAt } from './document.ts';
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
