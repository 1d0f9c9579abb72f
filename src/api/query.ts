import type { Request } from 'express';
import { z } from 'zod';
import { Problem } from './problem.ts';

/**
 * The query string by a strict schema whose messages say what was expected.
 *
 * @throws Problem 400 with every mistake
 */
export function readQuery<Schema extends z.ZodObject>(req: Request, schema: Schema): z.infer<Schema> {
  const result = schema.safeParse(req.query);
  if (result.success) return result.data;
  const known = Object.keys(schema.shape);
  const errors = result.error.issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') {
      const expected = known.length === 0 ? 'no parameters' : `one of ${known.join(', ')}`;
      return issue.keys.map((parameter) => ({ parameter, found: 'an unknown parameter', expected }));
    }
    const parameter = String(issue.path[0]);
    return [{ parameter, found: JSON.stringify(req.query[parameter]), expected: issue.message }];
  });
  const detail = errors.map((error) => `${error.parameter}: found ${error.found}, expected ${error.expected}`).join('; ');
  throw new Problem(400, 'invalid-parameter', 'A query parameter is wrong', `${detail}.`, { members: { errors } });
}

export const seedQuery = z.strictObject({
  seed: z
    .string({ error: 'one seed' })
    .regex(/^[\x21-\x7e]{1,128}$/, { error: '1 to 128 printable ASCII characters without spaces' })
    .optional(),
});

export const noQuery = z.strictObject({});
