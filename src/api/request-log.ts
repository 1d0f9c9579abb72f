import { randomUUID } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import { knownPrincipalOf } from './auth/principal.ts';
import type { ApiMetrics } from './metrics.ts';
import { requestIdHeader } from './request-id.ts';

/** Gives each request an id, and logs and measures it when its response has ended. */
export function requestLog(log: Logger, metrics: ApiMetrics): RequestHandler {
  return (req, res, next) => {
    const requestId = randomUUID();
    const startedAt = performance.now();
    res.setHeader(requestIdHeader, requestId);
    res.once('close', () => {
      const ms = performance.now() - startedAt;
      const route = routeOf(req);
      const caller = knownPrincipalOf(req)?.name;
      log.info({ requestId, caller, method: req.method, path: req.path, status: res.statusCode, ms: Math.round(ms) }, 'request');
      if (!isStream(res)) metrics.observe(req.method, route, res.statusCode, ms / 1_000);
    });
    next();
  };
}

/** The route's template; the path itself would give a metric per run. */
function routeOf(req: Request): string {
  const route: unknown = req.route;
  const path = typeof route === 'object' && route !== null && 'path' in route ? String(route.path) : undefined;
  return path === undefined ? 'unmatched' : `${req.baseUrl}${path}`;
}

function isStream(res: Response): boolean {
  return String(res.getHeader('content-type')).startsWith('text/event-stream');
}
