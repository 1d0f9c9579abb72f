import type { Request } from 'express';

/** The route's template; the path itself would give a metric, or a name of a span, per run. */
export function routeOf(req: Request): string {
  const route: unknown = req.route;
  const path = typeof route === 'object' && route !== null && 'path' in route ? String(route.path) : undefined;
  return path === undefined ? 'unmatched' : `${req.baseUrl}${path}`;
}
