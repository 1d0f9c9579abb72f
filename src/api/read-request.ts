import type { Request } from 'express';
import { z } from 'zod';
import { mistakesOf, tellMistakes } from './mistakes.ts';
import { Problem } from './problem.ts';
import type { Route } from './route.ts';

/** What a request brings, by the schemas of its route. */
export interface ReadRequest {
  params: Record<string, unknown>;
  query: Record<string, unknown>;
  headers: Record<string, unknown>;
  body: unknown;
}

/** Headers whose mistakes have a problem of their own. */
const headerProblems: Record<string, { type: string; title: string }> = {
  'idempotency-key': { type: 'invalid-idempotency-key', title: 'The idempotency key is malformed' },
  'last-event-id': { type: 'invalid-event-id', title: 'The event id is malformed' },
};

const noQuery = z.strictObject({});

/**
 * @param identified whether the caller is known by a key or token
 * @throws Problem 404, 400 or 422 with every mistake of the path, else of the query, else of the headers, else of the body
 */
export function readRequest(route: Route, req: Request, identified: boolean): ReadRequest {
  return {
    params: read(route.params, req.params, () => new Problem(404, 'not-found', 'Not found', `Nothing is served at ${req.path}.`)),
    query: read(route.query ?? noQuery, req.query, (error, schema) => wrongQuery(schema, error, req.query)),
    headers: read(route.headers, req.headers, (error, schema) => wrongHeaders(schema, error, req.headers)),
    body: readBody(route, req, identified),
  };
}

function read<Schema extends z.ZodObject>(
  schema: Schema | undefined,
  written: unknown,
  problem: (error: z.ZodError, schema: Schema) => Problem,
): Record<string, unknown> {
  if (schema === undefined) return {};
  const result = schema.safeParse(written);
  if (result.success) return result.data;
  throw problem(result.error, schema);
}

function wrongQuery(schema: z.ZodObject, error: z.ZodError, query: unknown): Problem {
  const known = Object.keys(schema.shape);
  const errors = mistakesOf(schema, error, query).map(({ path, found, expected }) =>
    found === 'an unknown field'
      ? { parameter: path, found: 'an unknown parameter', expected: known.length === 0 ? 'no parameters' : expected }
      : { parameter: path, found, expected },
  );
  const detail = errors.map(({ parameter, found, expected }) => `${parameter}: found ${found}, expected ${expected}`).join('; ');
  return new Problem(400, 'invalid-parameter', 'A query parameter is wrong', `${detail}.`, { members: { errors } });
}

function wrongHeaders(schema: z.ZodObject, error: z.ZodError, headers: unknown): Problem {
  const mistakes = mistakesOf(schema, error, headers);
  const [first] = mistakes;
  const own = mistakes.length === 1 && first ? headerProblems[first.path] : undefined;
  const { type, title } = own ?? { type: 'invalid-header', title: 'A header is wrong' };
  const errors = mistakes.map(({ path, found, expected }) => ({ header: path, found, expected }));
  return new Problem(400, type, title, tellMistakes(mistakes, 'the headers'), { members: { errors } });
}

function readBody({ body }: Route, req: Request, identified: boolean): unknown {
  if (body === undefined) return undefined;
  if (body.parse.as === 'text') return String(req.body ?? '');
  const { schema, anonymous = schema } = body.parse;
  const chosen = identified ? schema : anonymous;
  const result = chosen.safeParse(req.body);
  if (result.success) return result.data;
  throw invalidBody(mistakesOf(chosen, result.error, req.body));
}

/** What a body whose mistakes are these is answered. */
export function invalidBody(errors: { path: string; found: string; expected: string }[]): Problem {
  return new Problem(422, 'invalid-body', 'The body is not what is expected', tellMistakes(errors, 'the body'), { members: { errors } });
}
