import { z } from 'zod';
import { Problem } from '../problem.ts';
import { declareRoute } from '../route.ts';

const ok = { content: { 'text/plain': z.string().meta({ example: 'ok\n' }) } };
const metricsType = 'text/plain; version=0.0.4; charset=utf-8' as const;
// Whoever looks after processes may ask with parameters of its own.
const anyQuery = z.looseObject({});

export const livez = declareRoute(
  {
    method: 'get',
    path: '/livez',
    operationId: 'livez',
    tag: 'service',
    summary: 'Whether the process lives',
    access: 'open',
    query: anyQuery,
    responses: { 200: { description: 'It does', ...ok } },
  },
  async () => ({ status: 200, type: 'text/plain' as const, body: 'ok\n' }),
);

export const readyz = declareRoute(
  {
    method: 'get',
    path: '/readyz',
    operationId: 'readyz',
    tag: 'service',
    summary: 'Whether it can do its work: whether Temporal answers',
    access: 'open',
    query: anyQuery,
    responses: { 200: { description: 'It can', ...ok } },
    problems: ['shutting-down', 'temporal-unreachable'],
    deadlineMs: 2_000,
  },
  async (_request, { client, closing }) => {
    if (closing.aborted) throw new Problem(503, 'shutting-down', 'Shutting down', 'This process is ending.');
    await client.workflowService.describeNamespace({ namespace: client.options.namespace });
    return { status: 200, type: 'text/plain' as const, body: 'ok\n' };
  },
);

export const readMetrics = declareRoute(
  {
    method: 'get',
    path: '/metrics',
    operationId: 'readMetrics',
    tag: 'service',
    summary: 'What Prometheus scrapes',
    access: 'viewer',
    scope: 'service',
    query: anyQuery,
    responses: { 200: { description: 'Metrics', content: { [metricsType]: z.string() } } },
  },
  async (_request, { metrics }) => ({
    status: 200,
    type: metricsType as typeof metricsType,
    body: await metrics.registry.metrics(),
  }),
);
