import { z } from 'zod';
import { type ProblemType, problemTypes } from '../problem-types.ts';
import type { Route } from '../route.ts';

/** What a client is told of a request that did not do. */
export const problem = z
  .looseObject({
    type: z.string().meta({ description: 'stable', example: 'urn:squall:problem:invalid-document' }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string().meta({
      description: "ends with the request's id, by which the log is searched",
      example: 'urn:uuid:7c9e6679-7425-40de-944b-e07fc1f90ae7',
    }),
    errors: z
      .array(z.looseObject({ found: z.string(), expected: z.string() }))
      .optional()
      .meta({ description: 'every mistake of what was sent, with its place in `path`, `parameter` or `header`' }),
  })
  .meta({ id: 'Problem', description: 'A problem as RFC 9457 has it' });

/** All types of problem that a route tells: its own, and those that its access, parameters and body bring along. */
export function problemsOf({ access, params, headers, body, problems = [] }: Route): ProblemType[] {
  const all: ProblemType[] = ['invalid-parameter', 'internal', 'temporal-unreachable', ...problems];
  if (access !== 'open') all.push('unauthorized', 'forbidden', 'foreign-origin', 'issuer-unreachable', 'too-many-requests');
  if (params !== undefined) all.push('bad-request', 'not-found');
  if (headers !== undefined) all.push('invalid-header');
  if (body !== undefined) all.push('bad-request', 'document-too-large', 'unsupported-media-type');
  // Callers with a body may sign it instead of presenting a key.
  if (body !== undefined && access !== 'open') all.push('webhook-replayed');
  if (body?.parse.as === 'json') all.push('invalid-body');
  return [...new Set(all)].sort((a, b) => problemTypes[a][0] - problemTypes[b][0]);
}
