import { z } from 'zod';

/** A mistake in what a client sent, complete: where, what was found there, and what was expected instead. */
export interface Mistake {
  /** for example `alerts[2].labels`; empty: the whole of it */
  path: string;
  found: string;
  expected: string;
}

/** Every mistake, from what a schema says of what was written. Its messages tell what was expected. */
export function mistakesOf(schema: z.ZodType, error: z.ZodError, written: unknown): Mistake[] {
  return error.issues.flatMap((issue): Mistake[] => {
    if (issue.code === 'unrecognized_keys') {
      const known = fieldsAt(schema, issue.path);
      const expected = known.length === 0 ? 'none' : `one of ${known.join(', ')}`;
      return issue.keys.map((key) => ({ path: formatPath([...issue.path, key]), found: 'an unknown field', expected }));
    }
    const fields = issue.path.length === 0 ? fieldsAt(schema, []) : [];
    const expected = fields.length === 0 ? issue.message : `an object with ${fields.join(', ')}`;
    return [{ path: formatPath(issue.path), found: tell(valueAt(written, issue.path)), expected }];
  });
}

/** All mistakes in one sentence. @param whole what an empty path is called */
export function tellMistakes(mistakes: readonly Mistake[], whole: string): string {
  return `${mistakes.map(({ path, found, expected }) => `${path || whole}: found ${found}, expected ${expected}`).join('; ')}.`;
}

function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => (typeof part === 'number' ? `${text}[${part}]` : `${text && `${text}.`}${String(part)}`), '');
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[key] : undefined),
    value,
  );
}

function tell(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** The fields of the object that a schema expects at a path; none: it is no plain object. */
function fieldsAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  const at = path.reduce<z.ZodType | undefined>((outer, key) => {
    const inner = outer && unwrap(outer);
    if (inner instanceof z.ZodObject) return inner.shape[String(key)];
    return inner instanceof z.ZodArray ? (inner.element as z.ZodType) : undefined;
  }, schema);
  const object = at && unwrap(at);
  return object instanceof z.ZodObject ? Object.keys(object.shape) : [];
}

function unwrap(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodPipe) return unwrap(schema.in as z.ZodType);
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodNullable) {
    return unwrap(schema.unwrap() as z.ZodType);
  }
  return schema;
}
