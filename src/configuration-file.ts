import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { readDocument, type SourceDocument } from './campaign/document.ts';
import { issuesOf } from './campaign/fields.ts';
import type { Problem } from './campaign/problem.ts';
import { errorMessage } from './error-message.ts';

/** A mistake in a file that a variable of the environment names. */
export interface FileProblem {
  /** file, line, column and path */
  place: string;
  found: string;
  expected: string;
}

export type ParsedYaml<T> = { ok: true; value: T; document: SourceDocument } | { ok: false; problems: Problem[] };

/** Reads YAML or JSON by a schema of src/campaign/fields.ts: every mistake at its line. */
export function parseYaml<T>(schema: z.ZodType<T>, text: string, fileName: string): ParsedYaml<T> {
  const read = readDocument(text, fileName);
  if (!read.ok) return read;
  const { document } = read;
  const parsed = schema.safeParse(document.value);
  if (parsed.success) return { ok: true, value: parsed.data, document };
  return { ok: false, problems: issuesOf(parsed.error, document.value).map((issue) => document.problem(issue)) };
}

/** Problems as those of the environment are told. */
export function placed(problems: readonly Problem[], fileName: string): { ok: false; problems: FileProblem[] } {
  const told = problems.map(({ line, column, path, found, expected }) => ({
    place: `${fileName}:${line}:${column} ${path}`.trimEnd(),
    found,
    expected,
  }));
  return { ok: false, problems: told };
}

/** Reads a file. One that cannot be read is a problem, too. */
export function readFileBy<T>(path: string, parse: (text: string, fileName: string) => T): T | { ok: false; problems: FileProblem[] } {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    return { ok: false, problems: [{ place: path, found: errorMessage(error), expected: 'a readable file' }] };
  }
  return parse(text, path);
}
