import { z } from 'zod';
import { compareRuns } from '../compare-runs.ts';
import { declareRoute } from '../route.ts';
import { comparison } from '../schemas/comparison.ts';
import { runParams } from './run-params.ts';

export const readComparison = declareRoute(
  {
    method: 'get',
    path: '/v1/runs/{id}/comparison',
    operationId: 'readComparison',
    tag: 'runs',
    summary: 'How a run differs from an earlier one of the same campaign',
    description:
      "Probe by probe: better, the same, or worse, by tests of the samples (Fisher's exact test of the shares, Mann-Whitney U of the values, Holm's correction for their number). Of a campaign that repeats its steps, the last rounds are compared.",
    access: 'viewer',
    params: runParams,
    query: z.strictObject({
      with: z.string({ error: 'the id of a run' }).meta({ description: 'the earlier run', example: 'redis-resilience-test-a7m2q4kd' }),
    }),
    responses: { 200: { description: 'The comparison', content: { 'application/json': comparison } } },
    problems: ['run-not-found', 'run-in-progress', 'no-report', 'not-comparable'],
  },
  async ({ params, query, authorize }, { client }) => ({
    status: 200,
    body: await compareRuns(client, { before: query.with, after: params.id }, authorize),
  }),
);
